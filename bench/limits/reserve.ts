import { randomBytes, randomUUID } from 'node:crypto';
import type { Context } from 'koa';
import type { Pool } from 'pg';
import { v7 as uuid } from 'uuid';
import { readText } from './read-body.ts';

/** The rows of a hold, the same ones as by `holdUnits`, in one statement without locks, functions and events. */
const statement = `
  with pool as (
    update product_inventory
       set channel_allocations = jsonb_set(channel_allocations, '{ota,reserved}',
             to_jsonb((channel_allocations #>> '{ota,reserved}')::int + $2::int))
     where product_id = $1::int
       and (channel_allocations #>> '{ota,allocated}')::int - (channel_allocations #>> '{ota,reserved}')::int
           - (channel_allocations #>> '{ota,sold}')::int >= $2::int
    returning product_id
  ), r as (
    insert into channel_reservations
           (reservation_id, partner_id, channel, reference, status, started_at, expires_at)
    select $3::uuid, $4, 'ota', $9, 'held', now(), now() + interval '24 hours' from pool
    returning *
  ), lines as (
    insert into reservation_lines (reservation_id, product_id, price_list_id, units)
    select $3::uuid, $1::int, $5::int, $2::int from pool
  ), ledger as (
    insert into inventory_ledger (product_id, channel, reservation_id, delta_reserved, reason)
    select $1::int, 'ota', $3::uuid, $2::int, 'held' from pool
  ), command as (
    insert into workflow_commands (workflow_id, kind, payload)
    select 'reservation:' || reservation_id, 'start_reservation',
           jsonb_build_object('reservation_id', reservation_id, 'partner_id', partner_id, 'channel', channel,
                              'product_ids', array[$1::int], 'expires_at', expires_at) from r
  ), audit as (
    insert into audit_log (actor, key_id, action, subject, request_id, outcome)
    select $4, $6::uuid, 'reserve', $3::text, $7::text, 'accepted' from pool
  ), answer as (
    insert into idempotent_answers (partner_id, operation, idempotency_key, fingerprint, result)
    select $4, 'POST /api/ota/reserve', $7::text, $8::bytea, jsonb_build_object('reservation_id', $3::text) from pool
  )
  select expires_at from r`;

const PARTNER = 'demo-ota';

export async function bareReserve(pool: Pool) {
  const { rows: products } = await pool.query<{ product_id: number; price_list_id: number }>(
    'select product_id, price_list_id from products',
  );
  const priceLists = new Map(products.map((product) => [product.product_id, product.price_list_id]));
  const keyId = randomUUID();
  const fingerprint = randomBytes(32);

  return async (ctx: Context): Promise<void> => {
    const body = JSON.parse(await readText(ctx)) as {
      product_id: number;
      quantity: number;
      reference?: string;
    };
    const { product_id, quantity, reference = null } = body;
    const reservationId = uuid();
    const values = [product_id, quantity, reservationId, PARTNER, priceLists.get(product_id)];
    const { rows } = await pool.query<{ expires_at: Date }>({
      name: 'reserve',
      text: statement,
      values: [...values, keyId, randomUUID(), fingerprint, reference],
    });
    ctx.status = rows[0] ? 201 : 409;
    ctx.body = {
      reservation_id: reservationId,
      status: 'held',
      product_id,
      quantity,
      reserved_until: rows[0]?.expires_at,
    };
  };
}
