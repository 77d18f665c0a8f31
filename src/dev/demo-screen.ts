import { stripVTControlCharacters, styleText } from 'node:util';
import { qrTerminal } from '../tickets/picture.ts';

/** styleText follows NO_COLOR, FORCE_COLOR and whether this is a terminal; the QR follows it. */
const hasColours = styleText('bold', 'x') !== 'x';
const USUAL_COLUMNS = 80;

export type Screen = ReturnType<typeof openScreen>;

/** What the demo shows. Colours only where they are welcome. */
export function openScreen() {
  // Whoever read the output may be gone, as with `| head`; that is no reason to fall.
  process.stdout.on('error', () => {});
  let steps = 0;

  return {
    line,
    title: (text: string) => line(styleText('bold', text)),
    step(text: string): void {
      steps += 1;
      line('');
      line(`${styleText('cyan', String(steps))}  ${styleText('bold', text)}`);
    },
    call(method: string, path: string, status: number, ms: number): void {
      const mark = status < 400 ? styleText('green', '✓') : styleText('yellow', '✗');
      line(`${mark}  ${styleText('dim', `${method} ${withoutIds(path)} → ${status}, ${Math.round(ms)} ms`)}`);
    },
    detail: (text: string) => line(`   ${text}`),
    table(rows: string[][]): void {
      const widths = (rows[0] ?? []).map((_, column) =>
        Math.max(...rows.map((row) => row[column]?.length ?? 0)),
      );
      for (const row of rows) {
        const cells = row.map((cell, column) => fill(cell, widths[column] ?? 0));
        line(`   ${cells.join('   ').trimEnd()}`);
      }
    },
    /** Draws the text where there is room for it; else says where its picture is. */
    qr(text: string, pictureUrl: string): void {
      const drawing = qrTerminal(text);
      const rows = (hasColours ? drawing : stripVTControlCharacters(drawing)).split('\n');
      const width = stripVTControlCharacters(rows[0] ?? '').length;
      line('');
      if (width + 3 <= (process.stdout.columns || USUAL_COLUMNS)) {
        for (const row of rows) line(`   ${row}`);
      }
      line(`   ${styleText('dim', pictureUrl)}`);
    },
    failure(message: string, advice: string | undefined): void {
      process.stderr.write(`\n${styleText('red', '✗', { stream: process.stderr })}  ${message}\n`);
      if (advice !== undefined) process.stderr.write(`   ${advice}\n`);
    },
  };
}

function line(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Whole, it would not fit on a line of 80 characters. */
const withoutIds = (path: string): string => path.replaceAll(/[\da-f-]{36}/g, '…');

/** Amounts stand below each other by their last digit. */
function fill(cell: string, width: number): string {
  const isAmount = /\d\.\d+$/.test(cell);
  return isAmount ? cell.padStart(width) : cell.padEnd(width);
}

export function tellMoney(money: { amount: number; currency: string; currency_precision: number }): string {
  const major = money.amount / 10 ** money.currency_precision;
  return `${money.currency} ${major.toFixed(money.currency_precision)}`;
}

/** `2026-12-05` as `Saturday, 5 December 2026`. */
export function tellDate(date: string): string {
  return new Date(date).toLocaleDateString('en-GB', { dateStyle: 'full', timeZone: 'UTC' });
}

export function tellTime(instant: string): string {
  return `${new Date(instant).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })} UTC`;
}
