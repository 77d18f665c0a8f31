import { indexConcurrently, StepwiseMigration } from './short-locks.ts';

/** Whoever locks an order reads its payments; the index of the failed ones alone is one of these. */
export class Migration20261127PaymentsOfOrder extends StepwiseMigration {
  override readonly statements = [
    ...indexConcurrently('payments_of_order', 'on payments (order_id)'),
    'drop index concurrently if exists payments_failed',
  ];
}
