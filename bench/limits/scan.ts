import type { Context } from 'koa';
import type { Pool } from 'pg';
import { readText } from './read-body.ts';

export type BareScan = { ticket_code: string; function_code: string; quantity: number };

const statement = `
  update ticket_entitlements set remaining = remaining - $3
   where ticket_code = $1 and function_code = $2 and remaining >= $3
  returning remaining`;

/** The guarded deduction of a scan and nothing else. */
export function bareScan(pool: Pool) {
  return async (ctx: Context): Promise<void> => {
    const { ticket_code, function_code, quantity } = JSON.parse(await readText(ctx)) as BareScan;
    const { rows } = await pool.query<{ remaining: number }>({
      name: 'scan',
      text: statement,
      values: [ticket_code, function_code, quantity],
    });
    ctx.status = rows[0] ? 200 : 409;
    ctx.body = { result: 'redeemed', remaining: rows[0]?.remaining };
  };
}
