import { z } from 'zod';
import { refusalCodes } from '../domain/errors.ts';

/** RFC 9457. Some codes add members of their own, such as `available`. */
export const problem = z
  .looseObject({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(refusalCodes),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
