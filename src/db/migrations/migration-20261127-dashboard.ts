import { BriefMigration, indexConcurrently, StepwiseMigration } from './short-locks.ts';

/** Sales over time, as the dashboard shows them; payments by what their sender calls them. */
export class Migration20261127Dashboard extends StepwiseMigration {
  override readonly statements = [
    ...indexConcurrently('orders_sold', `on orders (paid_at) where status in ('paid', 'fulfilled')`),
    ...indexConcurrently(
      'payments_notified',
      'on payments (notified_reference) where notified_reference is not null',
    ),
    ...indexConcurrently(
      'payments_activated',
      'on payments (activation_reference) where activation_reference is not null',
    ),
  ];
}

/** An operator may keep a hold open beyond the day that its partner has. */
export class Migration20261127LongerHolds extends BriefMigration {
  override readonly statements = [
    `alter table channel_reservations
       add column extended_by_operator boolean not null default false,
       drop constraint channel_reservations_check,
       add constraint holds_end check (expires_at <= started_at
         + case when extended_by_operator then interval '7 days' else interval '24 hours' end) not valid`,
  ];
}

/** Whether it holds for the rows from before, without a lock that sales would wait for. */
export class Migration20261127LongerHoldsChecked extends StepwiseMigration {
  override readonly statements = [`alter table channel_reservations validate constraint holds_end`];
}
