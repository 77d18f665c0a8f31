import { BriefMigration } from './short-locks.ts';

/** Partners' webhook endpoints, and each event that is to reach one of them. */
export class Migration20261123PartnerWebhooks extends BriefMigration {
  override readonly statements = statements;
}

/** Commands that start the runs of webhooks. The rows from before are checked without a lock, later. */
export class Migration20261123WebhookCommands extends BriefMigration {
  override readonly statements = [
    `alter table workflow_commands drop constraint workflow_commands_kind_check,
       add constraint workflow_commands_kind_check check (kind in
         ('start_reservation', 'wake_reservation', 'start_late_payment', 'start_webhook_delivery')) not valid`,
  ];
}

const statements = [
  // A UUID of version 7: ids that a set-based statement makes for rows whose number nobody knows before.
  `create function time_ordered_uuid() returns uuid language sql volatile parallel safe as $$
     select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
              placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
              from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
   $$`,
  // A time as the API writes it.
  `create function wire_time(moment timestamptz) returns text language sql stable parallel safe as $$
     select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
   $$`,
  `create function pool_is_low(pool jsonb) returns boolean language sql immutable parallel safe as $$
     select ((pool ->> 'allocated')::bigint - (pool ->> 'reserved')::bigint - (pool ->> 'sold')::bigint) * 10
            <= (pool ->> 'allocated')::bigint
   $$`,
  // A sale that was under way when its endpoint was deleted still refers to it, so the row stays a while.
  `create table webhook_endpoints (
    endpoint_id uuid primary key,
    partner_id text not null references partners,
    url text not null,
    secrets text[] not null check (cardinality(secrets) between 1 and 2),
    events text[] not null default '{}',
    status text not null default 'enabled' check (status in ('enabled', 'disabled')),
    disabled_reason text,
    created_at timestamptz not null default clock_timestamp(),
    deleted_at timestamptz
  )`,
  `create index webhook_endpoints_partner on webhook_endpoints (partner_id, endpoint_id) where deleted_at is null`,
  `create table webhook_deliveries (
    delivery_id uuid primary key,
    endpoint_id uuid not null references webhook_endpoints on delete cascade,
    event_id uuid not null,
    event_type text not null,
    payload jsonb not null,
    status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
    attempts int not null default 0 check (attempts >= 0),
    last_status int,
    last_error text,
    created_at timestamptz not null default clock_timestamp(),
    next_attempt_at timestamptz default clock_timestamp(),
    delivered_at timestamptz,
    constraint webhook_deliveries_one_for_an_event unique (endpoint_id, event_id),
    check ((status = 'pending') = (next_attempt_at is not null)),
    check ((status = 'delivered') = (delivered_at is not null))
  )`,
  `create index webhook_deliveries_endpoint on webhook_deliveries (endpoint_id, delivery_id)`,
  `create index webhook_deliveries_next on webhook_deliveries (next_attempt_at) where status = 'pending'`,
  `create index webhook_deliveries_ended on webhook_deliveries (created_at) where status <> 'pending'`,
  `create function delivery_payload(delivery uuid, endpoint uuid, type text, again boolean) returns jsonb
   language sql stable as $$
     select jsonb_build_object('delivery_id', delivery, 'endpoint_id', endpoint, 'event_type', type,
              'partner_id', p.partner_id, 'channel', p.channel, 'again', again)
       from webhook_endpoints e join partners p using (partner_id) where e.endpoint_id = endpoint
   $$`,
  // Functions, because their plans are kept: as parts of the statements they would cost every sale their
  // planning, which takes longer than all the rest. Where a partner has no endpoint, they build nothing.
  // The commands are due at once: the relay delivers them, and the API's desk keeps its places for the sale.
  `create function tell_of_event(event uuid, partner text, type text, data jsonb) returns boolean
   language plpgsql as $$
   begin
     with made as (
       insert into webhook_deliveries (delivery_id, endpoint_id, event_id, event_type, payload)
       select time_ordered_uuid(), e.endpoint_id, event, type,
              jsonb_build_object('type', type, 'timestamp', wire_time(statement_timestamp()), 'data', data)
         from webhook_endpoints e
        where e.partner_id = partner and e.deleted_at is null and e.status = 'enabled'
          and (e.events = '{}' or type = any(e.events))
       returning *
     )
     insert into workflow_commands (workflow_id, kind, payload, due_at)
     select 'webhook-delivery:' || made.delivery_id, 'start_webhook_delivery',
            delivery_payload(made.delivery_id, made.endpoint_id, made.event_type, false), clock_timestamp()
       from made;
     return true;
   end $$`,
  `create function has_endpoint(partner text) returns boolean language plpgsql stable as $$
   begin
     return exists (select from webhook_endpoints e
                     where e.partner_id = partner and e.deleted_at is null and e.status = 'enabled');
   end $$`,
  `create function tell_partner(partner text, type text, data jsonb) returns boolean language plpgsql as $$
   begin
     if not has_endpoint(partner) then
       return false;
     end if;
     return tell_of_event(time_ordered_uuid(), partner, type, data);
   end $$`,
  `create function tell_reservation(r channel_reservations, type text) returns boolean language plpgsql as $$
   begin
     if not has_endpoint(r.partner_id) then
       return false;
     end if;
     return tell_of_event(time_ordered_uuid(), r.partner_id, type, jsonb_build_object('reservation_id', r.reservation_id,
       'status', r.status, 'reserved_until', wire_time(r.expires_at)));
   end $$`,
  `create function tell_order(o orders, type text, more jsonb) returns boolean language plpgsql as $$
   begin
     if not has_endpoint(o.partner_id) then
       return false;
     end if;
     return tell_of_event(time_ordered_uuid(), o.partner_id, type, jsonb_build_object('order_id', o.order_id,
       'reservation_id', o.reservation_id, 'status', o.status, 'quantity', o.units) || more);
   end $$`,
  // Whatever takes a pool down to a tenth of its allotment tells it, once, until it has been higher again.
  `create function tell_low_pools() returns trigger language plpgsql as $$
   declare
     low record;
     event uuid;
     partner text;
   begin
     for low in select key as channel, (value ->> 'allocated')::int as allocated
                  from jsonb_each(new.channel_allocations)
                 where pool_is_low(value) and not coalesce(pool_is_low(old.channel_allocations -> key), true) loop
       event := time_ordered_uuid();
       for partner in select p.partner_id from partners p where p.channel = low.channel order by p.partner_id loop
         perform tell_of_event(event, partner, 'inventory.low', jsonb_build_object(
           'product_id', new.product_id, 'channel', low.channel, 'allocated', low.allocated,
           'available', channel_free(new.channel_allocations, low.channel)));
       end loop;
     end loop;
     return null;
   end $$`,
  `create trigger tell_low_pools after update of channel_allocations on product_inventory
     for each row execute function tell_low_pools()`,
];
