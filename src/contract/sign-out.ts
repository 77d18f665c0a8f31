import { z } from 'zod';

/** What signing out of any page answers. */
export const signedOut = {
  200: {
    description: 'The cookie is taken back, whether there was one or not.',
    body: z.object({ ended: z.literal(true) }),
    headers: ['Set-Cookie'],
  },
};
