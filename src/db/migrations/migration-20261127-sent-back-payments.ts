import { BriefMigration } from './short-locks.ts';

/** What an operator has sent back is told from what went back with its order: only the latter has paid it once. */
export class Migration20261127SentBackPayments extends BriefMigration {
  override readonly statements = ['alter table payments add sent_back boolean not null default false'];
}
