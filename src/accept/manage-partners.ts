import { sql } from 'kysely';
import { Partner } from '../db/entities/partner.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { openTestPools } from '../db/queries/open-test-pools.ts';
import { recordChange } from '../db/queries/record-change.ts';
import { violates } from '../db/failures.ts';
import { testChannelOf, UNITS_TO_TRY_WITH } from '../domain/allotment.ts';
import { invalid, notFound, Refusal } from '../domain/errors.ts';
import { answerOnce, type Tell } from './answer-once.ts';
import type { Once } from './once.ts';

export type NewPartner = {
  partnerId: string;
  name: string;
  /** Null for a test partner, which has a channel of its own. */
  channel: string | null;
  perMinute: number | null;
};
export type PartnerChange = {
  name?: string | undefined;
  channel?: string | undefined;
  /** Null for the limit that the environment sets. */
  perMinute?: number | null | undefined;
  status?: 'active' | 'suspended' | undefined;
};

/**
 * Accepts a partner. A channel of its own has no units until some are moved into it. One without a channel
 * only tries things out on this server: it sells through `test-…` from pools of its own, its keys begin with
 * `alt_test_`, its tickets never admit.
 */
export function createPartner<T>(
  em: EntityManager,
  by: Accepting,
  partner: NewPartner,
  tell: Tell<T>,
): Promise<Once<T>> {
  const { partnerId, name, channel, perMinute } = partner;
  const mode = channel === null ? 'test' : 'live';
  const create = async (tx: EntityManager) => {
    const { rows } = await sql`
      insert into partners (partner_id, name, channel, mode, rate_limits)
      values (${partnerId}, ${name}, ${channel ?? testChannelOf(partnerId)}, ${mode},
              ${JSON.stringify(limits(perMinute))}::jsonb)
      on conflict do nothing returning 1`.execute(tx.getKysely());
    if (rows.length === 0) {
      throw new Refusal('ALREADY_EXISTS', `There is a partner ${partnerId} already.`);
    }
    if (channel === null) await openTestPools(tx, testChannelOf(partnerId), UNITS_TO_TRY_WITH);
    await recordChange(tx, by, `create_${channel === null ? 'test_' : ''}partner`, partnerId);
  };
  return withItsKindOfChannel(() => answerOnce(em, by, create, tell));
}

/**
 * Changes what a partner is called, its channel, its limit or whether it may call. Holds and orders that
 * exist stay on the channel they were taken from.
 */
export function changePartner<T>(
  em: EntityManager,
  by: Accepting,
  partnerId: string,
  { name, channel, perMinute, status }: PartnerChange,
  tell: Tell<T>,
): Promise<Once<T>> {
  const change = async (tx: EntityManager) => {
    const changed = await tx.nativeUpdate(
      Partner,
      { partnerId },
      {
        partnerId,
        ...(name !== undefined && { name }),
        ...(channel !== undefined && { channel }),
        ...(perMinute !== undefined && { rateLimits: limits(perMinute) }),
        ...(status !== undefined && { status }),
      },
    );
    if (changed === 0) throw notFound('partner', partnerId);
    await recordChange(tx, by, status ? statusChanges[status] : 'change_partner', partnerId);
  };
  return withItsKindOfChannel(() => answerOnce(em, by, change, tell));
}

/** Channels of test partners begin with test-, and no others; `test_partners_sell_test_pools` keeps it so. */
async function withItsKindOfChannel<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (!violates(error, 'test_partners_sell_test_pools')) throw error;
    const message = 'must begin with test- for a test partner, and for no other';
    throw invalid([{ path: ['channel'], message }]);
  }
}

const statusChanges = { active: 'resume_partner', suspended: 'suspend_partner' };

const limits = (perMinute: number | null) => (perMinute === null ? {} : { per_minute: perMinute });
