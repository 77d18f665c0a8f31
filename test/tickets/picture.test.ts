import { describe, expect, it } from '@jest/globals';
import { PNG } from 'pngjs';
import { decodeQR } from 'qr/decode.js';
import { encodeBase32 } from '../../src/tickets/base32.ts';
import { qrPng, qrSvg, qrTerminal } from '../../src/tickets/picture.ts';
import { signRotatingToken, signStaticToken } from '../../src/tickets/qr-token.ts';
import { generateSigningKeySet, readSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { newTicketCode } from '../../src/tickets/ticket-code.ts';

const keys = readSigningKeySet(generateSigningKeySet());
const tokens = [
  ['a static token', signStaticToken(keys, newTicketCode())],
  ['a rotating token', signRotatingToken(keys, newTicketCode(), new Date(0), Buffer.alloc(4))],
  ['a ticket code', encodeBase32(Buffer.alloc(16, 9))],
] as const;

/** Version 6 and the quiet zone on both sides. */
const tokenSideModules = 41 + 8;

describe('qrPng', () => {
  it.each(tokens)('draws %s so that it decodes', (_what, text) => {
    const { width, height, data } = PNG.sync.read(qrPng(text));
    expect(decodeQR({ width, height, data })).toBe(text);
  });

  it('is large enough for print: 12 pixels a module', () => {
    const { width, height } = PNG.sync.read(qrPng(tokens[1][1]));
    expect([width, height]).toEqual([tokenSideModules * 12, tokenSideModules * 12]);
  });
});

describe('qrSvg', () => {
  it.each(tokens)('draws %s so that it decodes', (_what, text) => {
    expect(decodeModules(modulesOfSvg(qrSvg(text)))).toBe(text);
  });

  it.each(tokens.slice(0, 2))(
    'keeps %s within version 6, with four light modules around it',
    (_what, text) => {
      const rows = modulesOfSvg(qrSvg(text));
      expect(rows).toHaveLength(tokenSideModules);
      const margins = [
        ...rows.slice(0, 4),
        ...rows.slice(-4),
        ...rows.map((row) => [...row.slice(0, 4), ...row.slice(-4)]),
      ];
      expect(margins.flat()).not.toContain(true);
    },
  );

  it('refers to nothing outside and holds no script', () => {
    const svg = qrSvg(tokens[0][1]);
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="[0-9 ]+" shape-rendering="crispEdges"><path fill="#fff" d="[0-9MhvHVz -]+"\/><path d="[0-9Mhvz -]+"\/><\/svg>$/,
    );
  });

  it('refuses a text that needs a larger code than version 6', () => {
    expect(() => qrSvg('A'.repeat(154))).not.toThrow();
    expect(() => qrSvg('A'.repeat(155))).toThrow('larger than version 6');
  });

  it('refuses a text outside the alphanumeric set', () => {
    expect(() => qrSvg('lower case')).toThrow();
  });
});

describe('qrTerminal', () => {
  it.each(tokens)('draws %s so that it decodes', (_what, text) => {
    expect(decodeModules(modulesOfTerminal(qrTerminal(text)))).toBe(text);
  });

  it('fits a terminal of 80 columns and 25 lines', () => {
    const lines = qrTerminal(tokens[1][1]).split('\n').map(withoutColours);
    expect(lines).toHaveLength(25);
    for (const line of lines) expect(line).toHaveLength(tokenSideModules);
  });
});

function decodeModules(rows: boolean[][]): string {
  const pixelsPerModule = 8;
  const side = rows.length * pixelsPerModule;
  const { data } = new PNG({ width: side, height: side });
  for (let pixel = 0; pixel < side * side; pixel++) {
    const row = rows[Math.floor(pixel / side / pixelsPerModule)];
    const isDark = row?.[Math.floor((pixel % side) / pixelsPerModule)] === true;
    data.fill(isDark ? 0 : 255, pixel * 4, pixel * 4 + 3);
    data[pixel * 4 + 3] = 255;
  }
  return decodeQR({ width: side, height: side, data });
}

function modulesOfSvg(svg: string): boolean[][] {
  const side = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]);
  const rows = Array.from({ length: side }, () => Array<boolean>(side).fill(false));
  const darkPath = svg.slice(svg.lastIndexOf('<path'));
  for (const [, x, y, length] of darkPath.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    rows[Number(y)]?.fill(true, Number(x), Number(x) + Number(length));
  }
  return rows;
}

function modulesOfTerminal(drawing: string): boolean[][] {
  return drawing.split('\n').flatMap((line) => {
    const cells = withoutColours(line).split('');
    return [cells.map((cell) => !'█▀'.includes(cell)), cells.map((cell) => !'█▄'.includes(cell))];
  });
}

function withoutColours(line: string): string {
  return line.replace('\u001B[97;40m', '').replace('\u001B[0m', '');
}
