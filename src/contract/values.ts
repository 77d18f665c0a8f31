import { z } from 'zod';
import { isDate } from '../domain/calendar.ts';
import { languages } from '../domain/languages.ts';
import { customerTypes } from '../domain/pricing.ts';

/** PostgreSQL keeps neither NUL nor half of a surrogate pair, and no name or reference needs controls. */
const storable = (text: string) => text.isWellFormed() && !/\p{Cc}/u.test(text);

/** One line of text, at most `max` characters. */
export const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(storable, { error: 'must not contain control characters or unpaired surrogates' })
    .refine((text) => text.trim() !== '', { error: 'must not be blank' });

export const id = z.string().max(64).meta({ description: 'An opaque id.' });
export const productId = z
  .int()
  .min(1)
  .max(2_147_483_647)
  .meta({ examples: [106] });
export const quantity = z
  .int()
  .min(1)
  .max(1_000_000)
  .meta({ examples: [3] });
export const date = z
  .string()
  .refine(isDate, { error: 'must be a date, YYYY-MM-DD' })
  .meta({ format: 'date', examples: ['2026-12-05'] });
/** PostgreSQL knows no year 0 and Date no year 10,000 in four digits; no time here is anywhere near either. */
const inThisEra = (text: string) => Date.parse(text) >= 0 && Date.parse(text) < Date.UTC(9999, 0);
export const instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time, like 2026-12-05T10:00:00Z' })
  .refine(inThisEra, { error: 'must be a time between 1970 and 9998' });
export const reference = line(100).meta({ description: 'Your own reference, to search by later.' });
export const customerType = z.enum(customerTypes);
/** Names that stand in addresses, such as partners' ids and channels. */
const slug = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, {
  error: 'must be a lower-case letter and then at most 39 of a-z, 0-9 and hyphen',
});
export const partnerId = slug.meta({ examples: ['klook'] });
export const channel = slug.meta({ examples: ['ota'], description: '`direct` is the own shop’s.' });
export const venueCode = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: 'must be a letter or digit and then at most 63 of letters, digits, dot, underscore and hyphen',
  })
  .meta({ examples: ['pier-1'] });
/** From none on, unlike a quantity. */
export const units = z.int().min(0).max(1_000_000_000);
/** Of what is printed; a buyer's browser names it in Accept-Language. */
export const language = z
  .enum(languages)
  .optional()
  .meta({ description: 'Of printed tickets. When absent, what `Accept-Language` prefers, or else `en`.' });
export const functionCode = line(64).meta({ examples: ['ferry'] });

export const money = z
  .object({
    amount: z.int().meta({ description: 'In minor units.' }),
    currency: z.string(),
    currency_precision: z.int(),
  })
  .meta({ id: 'Money', description: 'An integer in minor units with its currency and precision.' });

export const customerDetails = z
  .strictObject({
    name: line(200),
    email: z.email({ error: 'must be an e-mail address' }).max(254),
    phone: line(40).optional(),
  })
  .meta({ id: 'CustomerDetails' });

export const pricingContext = z
  .strictObject({
    visit_date: date,
    customer_breakdown: z
      .array(z.strictObject({ customer_type: customerType, count: quantity }))
      .min(1)
      .max(customerTypes.length),
    addons: z
      .array(z.strictObject({ addon_id: line(64), quantity }))
      .max(20)
      .optional(),
  })
  .meta({ id: 'PricingContext' });

/** Filters of lists over sales; dates are business days, both inclusive. */
export const listFilters = {
  product_id: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  reference: reference.optional(),
  from: date.optional(),
  to: date.optional(),
};

/** The parts of a list's address: where the page before ended, and how long a page may be. */
export const page = <C extends z.ZodType>(cursor: C, defaultLimit: number, maxLimit: number) => ({
  cursor,
  limit: z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit),
});

/** What a list answers with. */
export const pageOf = (name: string, item: z.ZodType) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() }).meta({ id: name });
