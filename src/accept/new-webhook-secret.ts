import { randomBytes } from 'node:crypto';

/** As long as the signature's hash. */
const SECRET_BYTES = 32;

/** A secret as Standard Webhooks writes it. */
export const newWebhookSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
