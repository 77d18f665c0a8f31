import { Migration } from '@mikro-orm/migrations';

/** The first schema. docs/invariants.md names the line here that keeps each promise. */
export class Migration20261123Allotments extends Migration {
  override up(): void {
    for (const statement of [...catalogue, ...allotments, ...sales, ...tickets, ...service, ...moves]) {
      this.addSql(statement);
    }
  }
}

const catalogue = [
  `create table partners (
    partner_id text primary key,
    name text not null,
    channel text not null check (channel ~ '^[a-z][a-z0-9-]{0,39}$'),
    status text not null default 'active' check (status in ('active', 'suspended')),
    rate_limits jsonb not null default '{}',
    payment_webhook_secrets text[] not null default '{}',
    created_at timestamptz not null default clock_timestamp()
  )`,
  `create table api_keys (
    key_id uuid primary key,
    partner_id text not null references partners,
    partner_name text not null,
    key_hash bytea not null unique check (length(key_hash) = 32),
    prefix text not null,
    permissions text[] not null,
    rate_limits jsonb not null default '{}',
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null default clock_timestamp()
  )`,
  `create index api_keys_partner on api_keys (partner_id)`,
  `create table products (
    product_id int primary key,
    name text not null,
    description text not null default '',
    active boolean not null default true,
    price_list_id int
  )`,
  // A price list is never edited: a hold keeps the number of the one it was promised.
  `create table price_lists (
    price_list_id int generated always as identity primary key,
    product_id int not null references products,
    rules jsonb not null check (jsonb_typeof(rules) = 'object'),
    published_at timestamptz not null default clock_timestamp()
  )`,
  `create index price_lists_product on price_lists (product_id)`,
  `alter table products add foreign key (price_list_id) references price_lists`,
  `create table product_functions (
    product_id int not null references products,
    function_code text not null,
    label text not null,
    quantity int not null check (quantity > 0),
    active boolean not null default true,
    position int not null,
    primary key (product_id, function_code)
  )`,
];

const allotments = [
  `create function channel_free(allocations jsonb, channel text) returns int
   language sql immutable parallel safe as $$
     select coalesce((allocations -> channel ->> 'allocated')::int
                   - (allocations -> channel ->> 'reserved')::int
                   - (allocations -> channel ->> 'sold')::int, 0)
   $$`,
  // A CHECK holds no subquery, so the rule over all channels is a function.
  `create function allotment_is_sound(allocations jsonb, sellable_cap int) returns boolean
   language sql immutable parallel safe as $$
     select coalesce(bool_and(
              pool.allocated is not null and pool.reserved >= 0 and pool.sold >= 0
              and pool.reserved + pool.sold <= pool.allocated), true)
        and coalesce(sum(pool.allocated), 0) <= sellable_cap
       from (select (value ->> 'allocated')::int as allocated,
                    (value ->> 'reserved')::int as reserved,
                    (value ->> 'sold')::int as sold
               from jsonb_each(allocations)) pool
   $$`,
  `create function moved(allocations jsonb, channel text, by_reserved int, by_sold int) returns jsonb
   language sql immutable parallel safe as $$
     select jsonb_set(allocations, array[channel], (allocations -> channel) || jsonb_build_object(
       'reserved', (allocations -> channel ->> 'reserved')::int + by_reserved,
       'sold', (allocations -> channel ->> 'sold')::int + by_sold))
   $$`,
  `create table product_inventory (
    product_id int primary key references products,
    sellable_cap int not null check (sellable_cap >= 0),
    channel_allocations jsonb not null default '{}',
    constraint never_oversold check (allotment_is_sound(channel_allocations, sellable_cap))
  ) with (fillfactor = 50)`,
  `create table inventory_ledger (
    entry_id bigint generated always as identity primary key,
    product_id int not null references products,
    channel text not null,
    reservation_id uuid,
    order_id uuid,
    delta_allocated int not null default 0,
    delta_reserved int not null default 0,
    delta_sold int not null default 0,
    reason text not null,
    recorded_at timestamptz not null default clock_timestamp()
  )`,
  `create index inventory_ledger_reservation on inventory_ledger (reservation_id)`,
  `create index inventory_ledger_product on inventory_ledger (product_id, recorded_at)`,
  `create table channel_reservations (
    reservation_id uuid primary key,
    partner_id text not null references partners,
    channel text not null,
    reference text,
    status text not null check (status in ('held', 'completed', 'released', 'expired')),
    started_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    check (expires_at <= started_at + interval '24 hours'),
    check ((status = 'held') = (ended_at is null))
  )`,
  // Ids are UUIDs of version 7, so their order is the order of time and serves as a list's.
  `create index channel_reservations_partner on channel_reservations (partner_id, reservation_id)`,
  `create index channel_reservations_reference on channel_reservations (partner_id, reference) where reference is not null`,
  `create index channel_reservations_deadline on channel_reservations (expires_at) where status = 'held'`,
  // units = sold + released + what the hold still keeps; ordered counts the units of live orders.
  `create table reservation_lines (
    reservation_id uuid not null references channel_reservations,
    product_id int not null references products,
    price_list_id int not null references price_lists,
    units int not null check (units > 0),
    ordered int not null default 0 check (ordered >= 0),
    sold int not null default 0 check (sold >= 0),
    released int not null default 0 check (released >= 0),
    primary key (reservation_id, product_id),
    constraint orders_fit_the_hold check (ordered + released <= units),
    constraint sold_units_were_ordered check (sold <= ordered)
  )`,
];

const sales = [
  `create table orders (
    order_id uuid primary key,
    reservation_id uuid not null references channel_reservations,
    partner_id text not null references partners,
    channel_id text not null,
    reference text,
    customer jsonb,
    status text not null check (status in ('pending_payment', 'paid', 'fulfilled', 'expired', 'cancelled', 'refund_due')),
    units int not null check (units > 0),
    total_amount bigint not null check (total_amount >= 0),
    currency text not null,
    currency_precision int not null,
    created_at timestamptz not null default clock_timestamp(),
    paid_at timestamptz,
    confirmed_at timestamptz,
    fulfilled_at timestamptz,
    failure_reason text
  )`,
  `create unique index orders_one_for_a_reference on orders (partner_id, reference) where reference is not null`,
  `create index orders_reservation on orders (reservation_id)`,
  `create index orders_partner on orders (partner_id, order_id)`,
  `create index orders_unfulfilled on orders (paid_at) where status = 'paid'`,
  `create table order_lines (
    order_id uuid not null references orders,
    line_number int not null,
    product_id int not null references products,
    units int not null check (units > 0),
    visit_date date not null,
    quote jsonb not null,
    primary key (order_id, line_number)
  )`,
  `create table payments (
    payment_id uuid primary key,
    order_id uuid not null references orders,
    sender text not null,
    reference text not null,
    activation_reference text,
    notified_reference text,
    amount bigint,
    currency text,
    verdict text not null check (verdict in ('accepted', 'review', 'refund_due', 'failed')),
    reason text,
    paid_at timestamptz,
    awaits_units boolean not null default false,
    received_at timestamptz not null default clock_timestamp()
  )`,
  `create index payments_late on payments (received_at) where awaits_units`,
  // The agency and the provider may name different payments alike, and one payment differently.
  `create unique index payments_one_for_a_reference on payments (order_id, notified_reference)
    where verdict <> 'failed'`,
  `create unique index payments_one_activation on payments (order_id)
    where activation_reference is not null and verdict <> 'failed'`,
  `create unique index payments_one_accepted on payments (order_id) where verdict = 'accepted'`,
  `create index payments_for_review on payments (received_at) where verdict = 'review'`,
  `create index payments_failed on payments (order_id) where verdict = 'failed'`,
  // The inbox: a provider repeats a notification until it is answered with 200.
  `create table payment_notifications (
    sender text not null,
    webhook_id text not null,
    payment_id uuid not null references payments,
    received_at timestamptz not null default clock_timestamp(),
    primary key (sender, webhook_id)
  )`,
  `create table refunds (
    refund_id uuid primary key,
    order_id uuid not null references orders,
    payment_id uuid not null references payments,
    amount bigint not null check (amount >= 0),
    currency text not null,
    reason text not null,
    status text not null default 'due' check (status in ('due', 'settled')),
    created_at timestamptz not null default clock_timestamp(),
    settled_at timestamptz,
    constraint refunds_one_for_a_payment unique (payment_id)
  )`,
  `create index refunds_order on refunds (order_id)`,
];

const tickets = [
  `create table tickets (
    ticket_code text primary key,
    order_id uuid not null references orders,
    unit_number int not null check (unit_number > 0),
    product_id int not null references products,
    customer_type text not null,
    visit_date date not null,
    status text not null default 'valid' check (status in ('valid', 'redeemed', 'void')),
    qr_token text not null,
    issued_at timestamptz not null default clock_timestamp(),
    constraint tickets_issued_once unique (order_id, unit_number)
  )`,
  `create table ticket_entitlements (
    ticket_code text not null references tickets,
    function_code text not null,
    label text not null,
    position int not null,
    total int not null check (total > 0),
    remaining int not null,
    primary key (ticket_code, function_code),
    constraint nothing_redeemed_twice check (remaining between 0 and total)
  ) with (fillfactor = 80)`,
  `create table redemptions (
    redemption_id uuid primary key,
    partner_id text not null references partners,
    key_id uuid not null references api_keys,
    scan_id text not null,
    jti text,
    ticket_code text not null references tickets,
    function_code text not null,
    quantity int not null check (quantity > 0),
    venue_code text,
    fingerprint bytea not null,
    result jsonb not null,
    redeemed_at timestamptz not null default clock_timestamp(),
    constraint redemptions_one_for_a_scan unique (partner_id, scan_id)
  )`,
  `create unique index redemptions_one_for_a_token on redemptions (jti) where jti is not null`,
  `create index redemptions_ticket on redemptions (ticket_code)`,
];

const service = [
  `create table workflow_commands (
    command_id bigint generated always as identity primary key,
    workflow_id text not null,
    kind text not null check (kind in ('start_reservation', 'wake_reservation', 'start_late_payment')),
    payload jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    due_at timestamptz not null default clock_timestamp() + interval '2 seconds',
    delivered_at timestamptz,
    attempts int not null default 0,
    last_error text
  )`,
  `create index workflow_commands_due on workflow_commands (due_at) where delivered_at is null`,
  `create index workflow_commands_delivered on workflow_commands (delivered_at) where delivered_at is not null`,
  `create index workflow_commands_run on workflow_commands (workflow_id) where delivered_at is null`,
  `create table idempotent_answers (
    partner_id text not null references partners,
    operation text not null,
    idempotency_key text not null,
    fingerprint bytea not null,
    result jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint one_answer_for_a_key primary key (partner_id, operation, idempotency_key)
  )`,
  `create index idempotent_answers_age on idempotent_answers (created_at)`,
  `create table audit_log (
    audit_id bigint generated always as identity primary key,
    actor text not null,
    key_id uuid,
    action text not null,
    subject text not null,
    request_id text,
    outcome text not null,
    recorded_at timestamptz not null default clock_timestamp()
  )`,
  `create index audit_log_subject on audit_log (subject)`,
  `create table audit_seals (
    position bigint primary key,
    audit_id bigint not null unique references audit_log,
    hash bytea not null
  )`,
  `create function refuse_change() returns trigger language plpgsql as $$
   begin
     raise exception '% is append-only', tg_table_name;
   end $$`,
  ...['inventory_ledger', 'audit_log', 'audit_seals', 'price_lists'].map(
    (table) => `create trigger append_only before update or delete on ${table}
      for each statement execute function refuse_change()`,
  ),
  `create unlogged table workers (
    worker_id text primary key,
    seen_at timestamptz not null
  )`,
  // Lost after a crash of PostgreSQL, which then counts from nought: no reason to write it to the WAL.
  `create unlogged table rate_limits (
    key varchar(255) primary key,
    points integer not null default 0,
    expire bigint
  )`,
];

const moves = [
  `create function status_may_move(subject text, before text, after text) returns boolean
   language sql immutable as $$
     select (subject, before, after) in (
       ('channel_reservations', 'held', 'completed'),
       ('channel_reservations', 'held', 'released'),
       ('channel_reservations', 'held', 'expired'),
       ('orders', 'pending_payment', 'paid'),
       ('orders', 'pending_payment', 'expired'),
       ('orders', 'pending_payment', 'cancelled'),
       ('orders', 'paid', 'fulfilled'),
       ('orders', 'paid', 'refund_due'),
       ('orders', 'fulfilled', 'cancelled'),
       ('orders', 'expired', 'paid'),
       ('orders', 'expired', 'refund_due'),
       ('tickets', 'valid', 'redeemed'),
       ('tickets', 'valid', 'void'))
   $$`,
  `create function guard_status() returns trigger language plpgsql as $$
   begin
     if not status_may_move(tg_table_name, old.status, new.status) then
       raise exception '% may not move from % to %', tg_table_name, old.status, new.status;
     end if;
     return new;
   end $$`,
  ...['channel_reservations', 'orders', 'tickets'].map(
    (table) => `create trigger status_moves before update of status on ${table} for each row
      when (old.status is distinct from new.status) execute function guard_status()`,
  ),
];
