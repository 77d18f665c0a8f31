import type { Command } from 'commander';

type Row = Record<string, unknown>;

/** Ends a command's help with how it is typed, also over several lines. */
export const withExamples = (command: Command, ...examples: string[]): Command =>
  command.addHelpText(
    'after',
    ['', examples.length === 1 ? 'Example:' : 'Examples:', ...examples.map(indented)].join('\n'),
  );

const indented = (text: string) => text.replace(/^/gm, '  ');

/** JSON where it is asked for; else what `say` writes. */
export function print(options: { json?: boolean }, result: unknown, say: () => string): void {
  console.log(options.json ? JSON.stringify(result, null, 2) : say());
}

/** Rows as a table without lines, for eyes and for awk. */
export function table(rows: Row[], columns: string[], none = 'None.'): string {
  if (rows.length === 0) return none;
  const lines = [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(cell).join(',');
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${name}=${cell(member)}`);
  return members.length === 0 ? '-' : members.join(',');
}

/** Says beside the result that there may be more. */
export function noteTheLimit(found: unknown[], limit: number): void {
  if (found.length === limit) console.error(`The newest ${limit} are shown; --limit shows more.`);
}

/** A number of things, as people write it. */
export const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;

/** An amount in minor units as people write it. */
export function amount(minor: number, precision: number): string {
  return (minor / 10 ** precision).toFixed(precision);
}
