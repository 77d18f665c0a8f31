import { Migration } from '@mikro-orm/migrations';

/** What balances are counted from: when a statement's day was over, and the first ledger row of a pool. */
export class Migration20261123StatementEnds extends Migration {
  override up(): void {
    // By the time zone of its making; statements from before have none, and nothing is counted from them.
    this.addSql('alter table statements add column ends_at timestamptz');
    this.addSql('create index statements_ends on statements (partner_id, ends_at) where ends_at is not null');
  }
}
