import type { Context } from 'koa';
import type { Pool } from 'pg';
import { signNewTicket } from '../../src/tickets/sign-new-ticket.ts';
import type { SigningKeys } from '../../src/tickets/signing-keys.ts';
import { readText } from './read-body.ts';

export type BareIssue = { order_id: string; units: number };

/** The functions of product 106, with their quantities. */
const FUNCTIONS = { ferry: 1, monchhichi_gift: 1, playground_tokens: 10 };

const statement = `
  with issued as (
    insert into tickets (ticket_code, order_id, unit_number, product_id, customer_type, visit_date, qr_token)
    select code, $1::uuid, unit_number, 106, 'adult', '2030-06-15', qr_token
      from unnest($2::text[], $3::text[]) with ordinality as t (code, qr_token, unit_number)
    returning ticket_code
  )
  insert into ticket_entitlements (ticket_code, function_code, label, position, total, remaining)
  select ticket_code, code, code, position, quantity, quantity
    from issued, unnest($4::text[], $5::int[]) with ordinality as f (code, quantity, position)`;

/** Signs an order's tickets and writes their rows, in one statement; no plan, no order, no answer with them. */
export function bareIssue(pool: Pool, keys: SigningKeys) {
  return async (ctx: Context): Promise<void> => {
    const { order_id, units } = JSON.parse(await readText(ctx)) as BareIssue;
    const tickets = Array.from({ length: units }, () => signNewTicket(keys));
    const { rowCount } = await pool.query({
      name: 'issue',
      text: statement,
      values: [
        order_id,
        tickets.map(({ ticketCode }) => ticketCode),
        tickets.map(({ qrToken }) => qrToken),
        Object.keys(FUNCTIONS),
        Object.values(FUNCTIONS),
      ],
    });
    ctx.body = { entitlements: rowCount };
  };
}
