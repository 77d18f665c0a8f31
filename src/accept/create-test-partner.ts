import { Partner } from '../db/entities/partner.ts';
import { violates } from '../db/failures.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { createTestPartner as insertTestPartner } from '../db/queries/create-test-partner.ts';
import { testChannelOf } from '../domain/allotment.ts';
import { Refusal } from '../domain/errors.ts';

/** Units of each product that a test partner can sell: enough to try out a sold-out pool, too. */
const UNITS_TO_TRY_WITH = 1_000;

/**
 * Makes a partner that tries things out on this server: it sells through a channel of its own from pools of
 * its own, its keys begin with `alt_test_`, its tickets never admit. Its id has at most 35 characters, as a
 * channel has 40.
 */
export async function createTestPartner(
  em: EntityManager,
  by: Accepting,
  { partnerId, name }: { partnerId: string; name: string },
): Promise<Partner> {
  try {
    const channel = testChannelOf(partnerId);
    await insertTestPartner(em.fork(), by, { partnerId, name, channel }, UNITS_TO_TRY_WITH);
  } catch (error) {
    if (!violates(error, 'partners_pkey')) throw error;
    throw new Refusal('ALREADY_EXISTS', `There is a partner ${partnerId} already.`);
  }
  return em.fork().findOneOrFail(Partner, { partnerId });
}
