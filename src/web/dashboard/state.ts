import { computed, signal } from '@preact/signals';
import type { OperatorSession, Overview, SearchMatch } from './api.ts';
import type { Intent } from './intents.tsx';

/** Whether an operator is signed in; unknown until the server was asked. */
export const session = signal<OperatorSession | 'unknown' | 'none'>('unknown');
/** Why the sign-in is shown again, or why the page cannot tell yet. */
export const sessionNotice = signal('');

export const overview = signal<Overview | null>(null);
export const connection = signal<'connecting' | 'live' | 'away' | 'reconnecting'>('connecting');

/** How many cases are open, of all kinds. */
export const openCases = computed(() => {
  const { items: _, ...counts } = overview.value?.cases ?? { items: [] };
  return Object.values(counts).reduce((sum, cases) => sum + cases, 0);
});

/** The server's time, as far as is known; moves every second. */
export const now = signal(Date.now());

export type Finding = {
  sought: string;
  matches: SearchMatch[] | null;
  /** What went wrong, in words. */
  problem: string;
};
export const finding = signal<Finding | null>(null);

/** What is being confirmed. */
export const intent = signal<Intent | null>(null);
/** What was done last. */
export const done = signal('');

const poolsOf = computed(() => (overview.value?.products ?? []).flatMap(({ pools }) => pools));
/** Every channel that has a pool, in the order in which pools are shown. */
export const channels = computed(() => [...new Set(poolsOf.value.map(({ channel }) => channel))]);
