import type { EntityManager } from '../src/db/open.ts';
import { createHoldActivities } from './holds.ts';
import { createOrderActivities, type TicketSigner } from './orders.ts';

/** Everything a run may ask for, over the worker's database and its signing key. */
export function createActivities(deps: { fork: () => EntityManager; signTicket: TicketSigner }) {
  return {
    ...createHoldActivities(deps.fork),
    ...createOrderActivities(deps.fork, deps.signTicket),
  };
}

export type Activities = ReturnType<typeof createActivities>;
