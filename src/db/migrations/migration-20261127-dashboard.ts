import { indexConcurrently, StepwiseMigration } from './short-locks.ts';

/** Sales over time, as the dashboard shows them. */
export class Migration20261127SalesOverTime extends StepwiseMigration {
  override readonly statements = indexConcurrently(
    'orders_sold',
    `on orders (paid_at) where status in ('paid', 'fulfilled')`,
  );
}
