import type { Pool } from 'pg';
import type { Permission } from '../../domain/permissions.ts';
import type { PartnerMode } from '../../domain/states.ts';
import type { KeyScope } from '../entities/partner.ts';

export type KeyRecord = {
  key_id: string;
  partner_id: string;
  partner_name: string;
  channel: string;
  partner_mode: PartnerMode;
  partner_status: 'active' | 'suspended';
  permissions: Permission[];
  partner_per_minute: number | null;
  key_per_minute: number | null;
  scope: KeyScope;
};

export type Knock = { keyHash: Buffer; limit: 'partner' | 'gate' };
/** Who knocked, and where its minute stands with this request: it began `windowMs` less `msLeft` ago. */
export type Admitted = KeyRecord & { used: number; ms_left: number };

/**
 * Finds the callers of several requests by their keys and counts the requests, in one statement. Undefined for
 * a key that is unknown, revoked or expired by the database's clock; such a request is not counted here. Of
 * requests of one partner each has its own place in the count.
 */
export async function admitCallers(
  pool: Pool,
  knocks: Knock[],
  windowMs: number,
): Promise<(Admitted | undefined)[]> {
  const { rows } = await pool.query<Admitted & { place: number }>({
    name: 'admit-callers',
    text: ADMIT,
    values: [knocks.map(({ keyHash }) => keyHash), knocks.map(({ limit }) => limit), windowMs],
  });
  const admitted: (Admitted | undefined)[] = knocks.map(() => undefined);
  for (const { place, ...row } of rows) admitted[place - 1] = row;
  return admitted;
}

/** Counters are locked in the order of their keys, as several processes count several partners at once. */
const ADMIT = `
  with clock as (
    select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms
  ), callers as (
    select a.place::int as place, a.limit_name || ':' || p.partner_id as counter,
           k.key_id, p.partner_id, p.name as partner_name, p.channel, p.mode as partner_mode,
           p.status as partner_status, k.permissions,
           (p.rate_limits ->> 'per_minute')::int as partner_per_minute,
           (k.rate_limits ->> 'per_minute')::int as key_per_minute, k.scope
      from unnest($1::bytea[], $2::text[]) with ordinality a (key_hash, limit_name, place)
      join api_keys k on k.key_hash = a.key_hash
      join partners p using (partner_id)
     where k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_timestamp())
  ), counted as (
    insert into rate_limits as l (key, points, expire)
    select counter, count(*), max(now_ms) + $3 from callers, clock group by counter order by counter
        on conflict (key) do update
       set points = case when l.expire <= excluded.expire - $3 then excluded.points else l.points + excluded.points end,
           expire = case when l.expire <= excluded.expire - $3 then excluded.expire else l.expire end
    returning key, points, expire
  )
  select callers.*, (expire - now_ms)::int as ms_left,
         (points - count(*) over (partition by counter) + row_number() over (partition by counter order by place))::int
           as used
    from callers join counted on key = counter, clock`;
