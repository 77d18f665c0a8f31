import { BriefMigration } from './short-locks.ts';

/** What operators add: venues, and keys for a venue or for a partner's tickets. */
export class Migration20261123Operators extends BriefMigration {
  override readonly statements = keys;
}

/** Rules that return a channel's unsold units some days before a date. */
export class Migration20261123CutOffs extends BriefMigration {
  override readonly statements = cutOffs;
}

const keys = [
  `create table venues (
    venue_code text primary key,
    name text not null,
    created_at timestamptz not null default clock_timestamp()
  )`,
  `alter table api_keys
     add column label text,
     add column scope jsonb not null default '{}' check (jsonb_typeof(scope) = 'object'),
     add column replaced_by uuid references api_keys`,
];

const cutOffs = [
  // A channel's allocation grown or shrunk by some units; one that is not there yet begins with none.
  `create function reallocated(allocations jsonb, channel text, by_allocated int) returns jsonb
   language sql immutable parallel safe as $$
     select allocations || jsonb_build_object(channel, jsonb_build_object(
       'allocated', coalesce((allocations -> channel ->> 'allocated')::int, 0) + by_allocated,
       'reserved', coalesce((allocations -> channel ->> 'reserved')::int, 0),
       'sold', coalesce((allocations -> channel ->> 'sold')::int, 0)))
   $$`,
  `create table cut_off_rules (
    rule_id uuid primary key,
    product_id int not null references product_inventory,
    channel text not null check (channel ~ '^[a-z][a-z0-9-]{0,39}$' and channel <> 'direct'),
    cut_off_date date not null,
    days_before int not null check (days_before between 0 and 366),
    keep int not null check (keep >= 0),
    created_at timestamptz not null default clock_timestamp(),
    applied_at timestamptz,
    moved_units int,
    constraint cut_off_rules_one_for_a_date unique (product_id, channel, cut_off_date),
    check ((applied_at is null) = (moved_units is null))
  )`,
  `create index cut_off_rules_open on cut_off_rules (cut_off_date) where applied_at is null`,
];
