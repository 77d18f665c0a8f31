import { Migration } from '@mikro-orm/migrations';

/**
 * How long a change of a table waits for it. Whoever wants the table meanwhile stands behind the change, so
 * this is well below the 0.6 s that callers wait for a lock. The migration is tried again, see prepare.ts.
 */
const LOCK_TIMEOUT = `set local lock_timeout = '250ms'`;

/** Statements in one transaction. Of the tables that sales write to, it changes one at most, and that last. */
export abstract class BriefMigration extends Migration {
  abstract readonly statements: string[];

  override up(): void {
    for (const statement of [LOCK_TIMEOUT, ...this.statements]) this.addSql(statement);
  }
}

/**
 * Statements that are each a transaction of their own, each safe to repeat: a migration that was interrupted
 * begins with the first again.
 */
export abstract class StepwiseMigration extends Migration {
  abstract readonly statements: string[];

  override isTransactional(): boolean {
    return false;
  }

  override up(): void {
    for (const statement of this.statements) this.addSql(statement);
  }
}

/** A step that takes a lock which sales have to wait for. Sent as one text, both are one transaction. */
export const briefly = (statement: string): string => `${LOCK_TIMEOUT}; ${statement}`;

/** The steps that build an index while rows are written. What an interrupted build has left is removed. */
export const indexConcurrently = (name: string, definition: string): string[] => [
  `drop index concurrently if exists ${name}`,
  `create index concurrently ${name} ${definition}`,
];
