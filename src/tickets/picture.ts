import { PNG, type PNGOptions } from 'pngjs';
import { encodeQR } from 'qr';

/** ISO/IEC 18004 asks for four light modules around the symbol. */
const quietZoneModules = 4;

/** Beyond version 6 (41 modules a side) cheap cameras misread the picture. */
const maxSideModules = 41 + 2 * quietZoneModules;

/** A token is then 588 pixels wide: 5 cm on paper at 300 dpi. */
const pixelsPerModule = 12;

/**
 * Grey in and out. Rows repeat, so a filter that subtracts the row above (2) is both quick and small:
 * 3 ms and 3 kB, where the library's own choice takes 9 ms, all on the event loop.
 */
const pngOptions: PNGOptions = {
  inputColorType: 0,
  colorType: 0,
  filterType: 2,
  deflateLevel: 6,
  deflateStrategy: 0,
};

/** One path in module units; it scales without loss and has no script, style or outside reference. */
export function qrSvg(text: string): string {
  const { side, runs } = qrRuns(text);
  const path = runs.map(({ x, y, length }) => `M${x} ${y}h${length}v1h-${length}z`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path.join('')}"/></svg>`
  );
}

/** The dark parts as bars of one module's height, in module units, and how long a side is with its quiet zone. */
export function qrRuns(text: string): { side: number; runs: { x: number; y: number; length: number }[] } {
  const rows = qrModules(text);
  const runs = rows.flatMap((row, y) => darkRuns(row).map(([x, length]) => ({ x, y, length })));
  return { side: rows.length, runs };
}

export function qrPng(text: string): Buffer {
  const rows = qrModules(text);
  const side = rows.length * pixelsPerModule;
  const pixels = Buffer.alloc(side * side, 0xff);
  for (const [y, row] of rows.entries()) {
    for (const [x, length] of darkRuns(row)) {
      for (let line = 0; line < pixelsPerModule; line++) {
        const start = (y * pixelsPerModule + line) * side + x * pixelsPerModule;
        pixels.fill(0, start, start + length * pixelsPerModule);
      }
    }
  }
  const png = new PNG({ width: side, height: side });
  png.data = pixels;
  return PNG.sync.write(png, pngOptions);
}

/** Half-block characters, two modules to a character cell, white on black whatever the terminal's theme. */
export function qrTerminal(text: string): string {
  const rows = qrModules(text);
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2) {
    const upper = rows[y] ?? [];
    const lower = rows[y + 1] ?? [];
    const cells = upper.map((isDark, x) => halfBlock(!isDark, lower[x] === false));
    lines.push(`\u001B[97;40m${cells.join('')}\u001B[0m`);
  }
  return lines.join('\n');
}

function halfBlock(upperIsLight: boolean, lowerIsLight: boolean): string {
  if (upperIsLight) return lowerIsLight ? '█' : '▀';
  return lowerIsLight ? '▄' : ' ';
}

/** Rows of modules with the quiet zone around them; true is dark. */
function qrModules(text: string): boolean[][] {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', encoding: 'alphanumeric', border: quietZoneModules });
  if (rows.length > maxSideModules) {
    throw new RangeError(`A text of ${text.length} characters needs a QR code larger than version 6`);
  }
  return rows;
}

/** The start and the length of each unbroken run of dark modules in a row. */
function darkRuns(row: boolean[]): [start: number, length: number][] {
  const runs: [number, number][] = [];
  for (let x = 0; x < row.length; x++) {
    const start = x;
    while (row[x] === true) x++;
    if (x > start) runs.push([start, x - start]);
  }
  return runs;
}
