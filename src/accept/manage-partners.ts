import { sql } from 'kysely';
import { Partner } from '../db/entities/partner.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { recordChange } from '../db/queries/record-change.ts';
import { violates } from '../db/failures.ts';
import { invalid, notFound, Refusal } from '../domain/errors.ts';

export type NewPartner = { partnerId: string; name: string; channel: string; perMinute: number | null };
export type PartnerChange = {
  name?: string | undefined;
  channel?: string | undefined;
  /** Null for the limit that the environment sets. */
  perMinute?: number | null | undefined;
  status?: 'active' | 'suspended' | undefined;
};

/** Accepts a partner. A channel of its own has no units until some are moved into it. */
export async function createPartner(em: EntityManager, by: Accepting, partner: NewPartner): Promise<void> {
  const { partnerId, name, channel, perMinute } = partner;
  await withItsKindOfChannel(() =>
    em.fork().transactional(async (tx) => {
      const { rows } = await sql`
      insert into partners (partner_id, name, channel, rate_limits)
      values (${partnerId}, ${name}, ${channel}, ${JSON.stringify(limits(perMinute))}::jsonb)
      on conflict do nothing returning 1`.execute(tx.getKysely());
      if (rows.length === 0) {
        throw new Refusal('ALREADY_EXISTS', `There is a partner ${partnerId} already.`);
      }
      await recordChange(tx, by, 'create_partner', partnerId);
    }),
  );
}

/**
 * Changes what a partner is called, its channel, its limit or whether it may call. Holds and orders that
 * exist stay on the channel they were taken from.
 */
export async function changePartner(
  em: EntityManager,
  by: Accepting,
  partnerId: string,
  { name, channel, perMinute, status }: PartnerChange,
): Promise<void> {
  await withItsKindOfChannel(() =>
    em.fork().transactional(async (tx) => {
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
    }),
  );
}

/** Channels of test partners begin with test-, and no others; `test_partners_sell_test_pools` keeps it so. */
async function withItsKindOfChannel(change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!violates(error, 'test_partners_sell_test_pools')) throw error;
    const message = 'must begin with test- for a test partner, and for no other';
    throw invalid([{ path: ['channel'], message }]);
  }
}

const statusChanges = { active: 'resume_partner', suspended: 'suspend_partner' };

const limits = (perMinute: number | null) => (perMinute === null ? {} : { per_minute: perMinute });
