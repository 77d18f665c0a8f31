import { Migration } from '@mikro-orm/migrations';

/** When a statement's day was over, by the time zone of its making: later balances are counted from there. */
export class Migration20261123StatementEnds extends Migration {
  override up(): void {
    this.addSql('alter table statements add column ends_at timestamptz');
    this.addSql('create index statements_ends on statements (partner_id, ends_at) where ends_at is not null');
  }
}
