import type { EntityManager } from '../src/db/open.ts';
import { listPartnersToState, storeStatement } from '../src/db/queries/statements.ts';
import { dayBefore } from '../src/domain/calendar.ts';

/** The activities of the daily statement, safe to repeat: a statement is stored once. */
export function createStatementActivities(fork: () => EntityManager, timeZone: string) {
  return {
    /** The business day before the moment at which a statement was due, and who has none of it yet. */
    async listPartnersToState(dueAt: string): Promise<{ businessDate: string; partnerIds: string[] }> {
      const businessDate = dayBefore(new Date(dueAt), timeZone);
      return { businessDate, partnerIds: await listPartnersToState(fork(), businessDate, timeZone) };
    },

    /** Stores a partner's statement of a business day that is over. */
    async storeStatement(partnerId: string, businessDate: string): Promise<void> {
      await storeStatement(fork(), partnerId, businessDate, timeZone);
    },
  };
}
