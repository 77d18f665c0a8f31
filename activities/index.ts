import type { EntityManager } from '../src/db/open.ts';
import { createHoldActivities } from './holds.ts';
import { createOrderActivities, type IssueNote, type TicketSigner } from './orders.ts';
import { createStatementActivities } from './statements.ts';

/** Everything a run may ask for, over the worker's database, its signing key and the time zone of the business. */
export function createActivities(deps: {
  fork: () => EntityManager;
  signTicket: TicketSigner;
  noteIssued: IssueNote;
  timeZone: string;
}) {
  return {
    ...createHoldActivities(deps.fork),
    ...createOrderActivities(deps.fork, deps.signTicket, deps.noteIssued),
    ...createStatementActivities(deps.fork, deps.timeZone),
  };
}

export type Activities = ReturnType<typeof createActivities>;
