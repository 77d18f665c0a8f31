import { BriefMigration, indexConcurrently, StepwiseMigration } from './short-locks.ts';

/** When a gate without a connection admitted, by its own clock; `redeemed_at` is when it was told here. */
export class Migration20261127OfflineScans extends BriefMigration {
  override readonly statements = ['alter table redemptions add scanned_at timestamptz'];
}

/** By what a gate asks which tickets have come to admit nowhere since the last time. */
export class Migration20261127Revocations extends StepwiseMigration {
  override readonly statements = [
    ...indexConcurrently('refunds_created', 'on refunds (created_at)'),
    ...indexConcurrently(
      'orders_of_sandbox',
      'on orders (fulfilled_at) where is_test_channel(channel_id) and fulfilled_at is not null',
    ),
  ];
}
