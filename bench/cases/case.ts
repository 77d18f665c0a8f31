import type { Bench } from '../support/bench.ts';
import type { Comparison, Figures } from '../support/figures.ts';

export type Target = { text: string; met: boolean };

/** A line of the table: what was measured, what it is compared with, and what was hoped for. */
export type Row = {
  what: string;
  figures: Figures;
  limit: Figures | null;
  comparison: Comparison | null;
  target: Target | null;
  note?: string;
};

export type Case = {
  name: string;
  title: string;
  /** Paused: the worker is stopped and Temporal frozen, so that acceptance alone is measured. */
  runs: 'paused' | 'on';
  run(bench: Bench): Promise<Row[]>;
};

export const atLeast = (share: number, ratio: number): Target => ({
  text: `≥ ${share} ×`,
  met: ratio >= share,
});
export const atMost = (share: number, ratio: number): Target => ({
  text: `≤ ${share} ×`,
  met: ratio <= share,
});
