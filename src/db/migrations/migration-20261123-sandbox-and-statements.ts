import { BriefMigration, briefly, indexConcurrently, StepwiseMigration } from './short-locks.ts';

/** Partners that only try things out, with pools of their own. */
export class Migration20261123Sandbox extends BriefMigration {
  override readonly statements = sandbox;
}

/** The statements of each business day. */
export class Migration20261123Statements extends BriefMigration {
  override readonly statements = statements;
}

/** What is done to tables that grow with every sale, and takes its time. */
export class Migration20261123GrownTables extends StepwiseMigration {
  override readonly statements = [
    ...indexConcurrently(
      'orders_customer_email',
      `on orders (lower(customer ->> 'email')) where customer is not null`,
    ),
    ...indexConcurrently('inventory_ledger_time', 'on inventory_ledger (recorded_at, entry_id)'),
    `alter table workflow_commands validate constraint workflow_commands_kind_check`,
    ...noTruncate,
  ];
}

const sandbox = [
  `create function is_test_channel(channel text) returns boolean
   language sql immutable parallel safe as $$ select channel like 'test-%' $$`,
  // Test pools are sound like all others, but take nothing from what can be sold.
  `create or replace function allotment_is_sound(allocations jsonb, sellable_cap int) returns boolean
   language sql immutable parallel safe as $$
     select coalesce(bool_and(
              pool.allocated is not null and pool.reserved >= 0 and pool.sold >= 0
              and pool.reserved + pool.sold <= pool.allocated), true)
        and coalesce(sum(pool.allocated) filter (where pool.channel not like 'test-%'), 0) <= sellable_cap
       from (select key as channel,
                    (value ->> 'allocated')::int as allocated,
                    (value ->> 'reserved')::int as reserved,
                    (value ->> 'sold')::int as sold
               from jsonb_each(allocations)) pool
   $$`,
  `alter table partners add column mode text not null default 'live' check (mode in ('live', 'test'))`,
  `update partners set mode = 'test' where is_test_channel(channel)`,
  `alter table partners add constraint test_partners_sell_test_pools
     check ((mode = 'test') = is_test_channel(channel))`,
];

const statements = [
  `create table statements (
    partner_id text not null references partners,
    business_date date not null,
    -- When the day was over, by the time zone of the statement: balances are counted from there.
    ends_at timestamptz not null,
    content jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    constraint statements_one_for_a_day primary key (partner_id, business_date)
  )`,
  `create index statements_ends on statements (partner_id, ends_at)`,
  `create index statements_date on statements (business_date, partner_id)`,
  `create trigger append_only before update or delete on statements
     for each statement execute function refuse_change()`,
];

/** UPDATE and DELETE are refused by `append_only`, which TRUNCATE does not fire. */
const noTruncate = ['inventory_ledger', 'audit_log', 'audit_seals', 'price_lists', 'statements'].map(
  (table) =>
    briefly(`create or replace trigger no_truncate before truncate on ${table}
     for each statement execute function refuse_change()`),
);
