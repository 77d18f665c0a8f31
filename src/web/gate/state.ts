import { computed, signal } from '@preact/signals';
import type { GateFacts } from './api.ts';
import type { Choice, Conflict } from './store.ts';

/** Whether a gate is signed in; unknown until the phone's store was read. */
export const session = signal<'unknown' | 'none' | 'open'>('unknown');
export const gate = signal<GateFacts | null>(null);
export const choice = signal<Choice>({ functionCode: null, venueCode: null });
export const isOnline = signal(navigator.onLine);
export const unsentCount = signal(0);
/** Of these, the ones of another venue than that of the session's key, which it may not send. */
export const unsentElsewhere = signal(0);
export const conflicts = signal<Conflict[]>([]);
/** Until when void tickets are known; null before the first list. */
export const revocationsAsOf = signal<string | null>(null);

export type Answer = {
  verdict: 'admitted' | 'refused';
  /** A word or two, to be read at arm's length. */
  title: string;
  detail: string;
  /** How many are left, where it is known. */
  left: string | null;
  /** Decided by this phone alone. */
  isOffline: boolean;
  at: Date;
};
export const isChecking = signal(false);
export const answer = signal<Answer | null>(null);
/** The newest first. */
export const history = signal<Answer[]>([]);

export const venueCode = computed(() => gate.value?.venue_code ?? choice.value.venueCode);
export const isChosen = computed(() => {
  const venues = gate.value?.venues ?? [];
  const isAtVenue = venues.length === 0 || venues.some((one) => one.venue_code === venueCode.value);
  return choice.value.functionCode !== null && isAtVenue;
});

export const labelOf = (functionCode: string): string =>
  gate.value?.functions.find((one) => one.function_code === functionCode)?.label ?? functionCode;
export const venueNameOf = (code: string): string =>
  gate.value?.venues.find((one) => one.venue_code === code)?.name ?? code;
