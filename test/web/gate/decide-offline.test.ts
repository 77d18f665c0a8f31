import { describe, expect, it } from '@jest/globals';
import {
  decideOffline,
  type Known,
  newMemory,
  type OfflineScan,
} from '../../../src/web/gate/decide-offline.ts';

const now = new Date('2030-06-15T02:00:00Z');
const earlier = now.getTime() - 60_000;
const scan = (more: Partial<OfflineScan> = {}): OfflineScan => ({
  ticketCode: 'EVLJYWNZ7OPBS76GCLY2LVNAJA',
  functionCode: 'ferry',
  quantity: 1,
  expiresAt: null,
  ...more,
});
const nothing: Known = { memory: undefined, isRevoked: false, codeUsedAt: undefined };
/** A ticket of which the server has told all: what it includes, and what is left of that. */
const told = (remaining: Record<string, number>): Known => ({
  ...nothing,
  memory: { ...newMemory(scan().ticketCode), remaining, functions: Object.keys(remaining) },
});
/** One of which the server has told nothing. */
const untold = (admittedAt: Record<string, number>): Known => ({
  ...nothing,
  memory: { ...newMemory(scan().ticketCode), admittedAt },
});

describe('decideOffline', () => {
  it('admits a ticket of which the phone knows nothing, and remembers when', () => {
    expect(decideOffline(scan(), nothing, now)).toEqual({
      admit: true,
      remaining: null,
      memory: { ...newMemory(scan().ticketCode), admittedAt: { ferry: now.getTime() } },
    });
  });

  it('refuses such a ticket a second time for the same function, and admits it for another', () => {
    const known = untold({ ferry: earlier });
    expect(decideOffline(scan(), known, now)).toEqual({
      admit: false,
      reason: 'ADMITTED_HERE',
      at: earlier,
    });
    expect(decideOffline(scan({ functionCode: 'gift' }), known, now)).toMatchObject({
      admit: true,
      memory: { admittedAt: { ferry: earlier, gift: now.getTime() } },
    });
  });

  it('admits as often as units are known to be left, and no more', () => {
    const first = decideOffline(scan({ functionCode: 'tokens', quantity: 3 }), told({ tokens: 5 }), now);
    expect(first).toMatchObject({ admit: true, remaining: 2, memory: { remaining: { tokens: 2 } } });
    const memory = first.admit ? first.memory : undefined;
    expect(decideOffline(scan({ functionCode: 'tokens', quantity: 3 }), { ...nothing, memory }, now)).toEqual(
      { admit: false, reason: 'NOTHING_REMAINING', remaining: 2, at: now.getTime() },
    );
    expect(
      decideOffline(scan({ functionCode: 'tokens', quantity: 2 }), { ...nothing, memory }, now),
    ).toMatchObject({ admit: true, remaining: 0 });
  });

  it('refuses what the ticket is known not to include', () => {
    expect(decideOffline(scan({ functionCode: 'tea_set' }), told({ ferry: 1 }), now)).toEqual({
      admit: false,
      reason: 'WRONG_FUNCTION',
    });
  });

  it('goes by what is known of one function, and guesses at the others', () => {
    const known = { ...nothing, memory: { ...newMemory(scan().ticketCode), remaining: { ferry: 0 } } };
    expect(decideOffline(scan(), known, now)).toEqual({
      admit: false,
      reason: 'NOTHING_REMAINING',
      remaining: 0,
      at: undefined,
    });
    const another = decideOffline(scan({ functionCode: 'gift' }), known, now);
    expect(another).toMatchObject({ admit: true, remaining: null, memory: { remaining: { ferry: 0 } } });
  });

  it('refuses a revoked ticket, whatever else is known', () => {
    expect(decideOffline(scan(), { ...told({ ferry: 1 }), isRevoked: true }, now)).toEqual({
      admit: false,
      reason: 'REVOKED',
    });
  });

  it('refuses a rotating code that has expired, to the second', () => {
    expect(decideOffline(scan({ expiresAt: now }), nothing, now)).toEqual({
      admit: false,
      reason: 'EXPIRED',
    });
    const inASecond = new Date(now.getTime() + 1_000);
    expect(decideOffline(scan({ expiresAt: inASecond }), nothing, now)).toMatchObject({ admit: true });
  });

  it('refuses a rotating code that was admitted here, also for another function', () => {
    expect(
      decideOffline(
        scan({ functionCode: 'gift', expiresAt: new Date(now.getTime() + 1_000) }),
        { ...untold({ ferry: earlier }), codeUsedAt: earlier },
        now,
      ),
    ).toEqual({ admit: false, reason: 'CODE_USED', at: earlier });
  });
});
