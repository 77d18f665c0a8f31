/** What this phone knows of a ticket: from answers of the server, and from what it has admitted by itself. */
export type TicketMemory = {
  ticketCode: string;
  /** What was left of a function when the server last told, less what was admitted here since. */
  remaining: Record<string, number>;
  /** All that it includes; null where the server never told. */
  functions: string[] | null;
  /** When it was last admitted here, by function; milliseconds since 1970. */
  admittedAt: Record<string, number>;
};

/** Of a ticket of which nothing is known. */
export const newMemory = (ticketCode: string): TicketMemory => ({
  ticketCode,
  remaining: {},
  functions: null,
  admittedAt: {},
});

/** A scan of a code whose signature holds. */
export type OfflineScan = {
  ticketCode: string;
  functionCode: string;
  quantity: number;
  /** Of a rotating code. */
  expiresAt: Date | null;
};

export type Known = {
  memory: TicketMemory | undefined;
  isRevoked: boolean;
  /** When this rotating code was admitted here before. */
  codeUsedAt: number | undefined;
};

export type Decision =
  | { admit: true; memory: TicketMemory; remaining: number | null }
  | { admit: false; reason: 'REVOKED' | 'EXPIRED' | 'WRONG_FUNCTION' }
  | { admit: false; reason: 'CODE_USED' | 'ADMITTED_HERE'; at: number }
  | { admit: false; reason: 'NOTHING_REMAINING'; remaining: number; at: number | undefined };

/**
 * What a phone decides without a connection. A ticket of which it knows nothing is admitted once for a
 * function; one whose remaining units it was told, as often as these last.
 */
export function decideOffline(scan: OfflineScan, known: Known, now: Date): Decision {
  const { functionCode, quantity, expiresAt } = scan;
  if (known.isRevoked) return { admit: false, reason: 'REVOKED' };
  if (known.codeUsedAt !== undefined) return { admit: false, reason: 'CODE_USED', at: known.codeUsedAt };
  if (expiresAt && expiresAt <= now) return { admit: false, reason: 'EXPIRED' };

  const memory = known.memory ?? newMemory(scan.ticketCode);
  const at = memory.admittedAt[functionCode];
  const left = memory.remaining[functionCode];
  const isIncluded = memory.functions?.includes(functionCode) ?? true;
  if (!isIncluded) return { admit: false, reason: 'WRONG_FUNCTION' };
  if (left === undefined) {
    if (at !== undefined) return { admit: false, reason: 'ADMITTED_HERE', at };
  } else if (left < quantity) {
    return { admit: false, reason: 'NOTHING_REMAINING', remaining: left, at };
  }
  return {
    admit: true,
    remaining: left === undefined ? null : left - quantity,
    memory: {
      ...memory,
      ...(left !== undefined && { remaining: { ...memory.remaining, [functionCode]: left - quantity } }),
      admittedAt: { ...memory.admittedAt, [functionCode]: now.getTime() },
    },
  };
}
