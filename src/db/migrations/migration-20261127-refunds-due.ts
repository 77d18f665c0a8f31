import { indexConcurrently, StepwiseMigration } from './short-locks.ts';

/** Refunds that are due are counted at every scrape, and listed for operators. */
export class Migration20261127RefundsDue extends StepwiseMigration {
  override readonly statements = indexConcurrently(
    'refunds_due',
    `on refunds (created_at) where status = 'due'`,
  );
}
