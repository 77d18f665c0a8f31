import type { Row } from '../cases/case.ts';
import { cpuSecondsInAll, type Figures } from './figures.ts';

export type MeasuredRow = Row & { case: string };

const columns = [
  'case',
  'rate/s',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'max ms',
  'CPU ms/op',
  'api',
  'worker',
  'pg',
  'temporal',
  'limit/s',
  'l.p50 ms',
  'l.CPU',
  'ratio',
  'target',
  'met',
];

/** The results as a table for people; processor time in milliseconds an operation. */
export function tableOf(rows: MeasuredRow[]): string {
  const cells = [columns, ...rows.map(cellsOf)];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column === 0))
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(Math.max(...lines.map((line) => line.length)));
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function cellsOf({ what, figures, limit, comparison, target }: Row): string[] {
  const { cpuSecondsEach: cpu } = figures;
  return [
    what,
    number(figures.perSecond),
    number(figures.p50Ms),
    number(figures.p95Ms),
    number(figures.p99Ms),
    number(figures.maxMs),
    cpuMs(figures),
    ...(['api', 'worker', 'postgres', 'temporal'] as const).map((group) => ms(cpu?.[group])),
    limit ? number(limit.perSecond) : '',
    limit ? number(limit.p50Ms) : '',
    limit ? cpuMs(limit) : '',
    comparison ? comparison.ratio.toFixed(2) : '',
    target?.text ?? '',
    target ? (target.met ? 'yes' : 'NO') : '',
  ];
}

const cpuMs = (figures: Figures) => ms(cpuSecondsInAll(figures) ?? undefined);
const ms = (seconds: number | undefined) => (seconds === undefined ? '–' : (seconds * 1000).toFixed(2));

/** Three digits that count. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

const pad = (cell: string, width: number, left: boolean) =>
  left ? cell.padEnd(width) : cell.padStart(width);
