import type { EntityManager } from '../src/db/open.ts';
import { endHold } from '../src/db/queries/end-hold.ts';
import { type Hold, holding, holdUnits } from '../src/db/queries/hold-units.ts';
import { readOpenWork } from '../src/db/queries/open-work.ts';
import type { OpenWork } from '../src/domain/fulfilment.ts';

/** A hold that a run takes itself, where it was started without one. */
export type HoldRequest = Hold & { partnerId: string; channel: string };

/** The activities around a hold: taking it, looking at its work, ending it. All are safe to repeat. */
export function createHoldActivities(fork: () => EntityManager) {
  return {
    /**
     * Finds the hold by its id, or takes it with the statement that acceptance runs. Undefined where
     * there is no hold and none to take.
     */
    async holdInventory(reservationId: string, request?: HoldRequest): Promise<OpenWork | undefined> {
      const em = fork();
      const found = await readOpenWork(em, reservationId);
      if (found || !request) return found;
      const by = {
        partnerId: request.partnerId,
        channel: request.channel,
        keyId: null,
        requestId: `reservation:${reservationId}`,
        answerKeys: [],
      };
      await holdUnits(em, holding(by, { ...request, reservationId }));
      return readOpenWork(em, reservationId);
    },

    /** Ends the hold at `deadline`, unless an extension or another end came first; tells what is left to do. */
    async expireReservation(reservationId: string, deadline: string): Promise<OpenWork | undefined> {
      const em = fork();
      await em.transactional((tx) => endHold(tx, reservationId, { status: 'expired', deadline }));
      return readOpenWork(em, reservationId);
    },

    /** Looks again: status, deadline and paid orders without tickets. */
    loadOpenWork(reservationId: string): Promise<OpenWork | undefined> {
      return readOpenWork(fork(), reservationId);
    },
  };
}
