import type { Language } from '../domain/languages.ts';
import { qrRuns } from './picture.ts';
import { longDate, printedWords, type Words } from './printed-words.ts';

/** What stands on a ticket that is printed. Whoever holds it may be admitted, so it names no customer. */
export type PrintedTicket = {
  ticketCode: string;
  qrToken: string;
  productName: string;
  customerType: string;
  visitDate: string;
  entitlements: { label: string; total: number }[];
  orderId: string;
  reference: string | null;
  /** Its unit number in the order, and how many units that has. */
  number: number;
  of: number;
  isTest: boolean;
};

type Page = PDFKit.PDFDocument;
type Box = { x: number; y: number; width: number; height: number };

/**
 * A6, in points: read on a phone without zooming, twice as large alone on A4, or four to a sheet of it.
 * Black on white, without greys that carry meaning.
 */
export const pageSize: [width: number, height: number] = [297.64, 419.53];
const [width, height] = pageSize;
const margin = 22;
const inner = width - 2 * margin;

/** 58 mm with its quiet zone: a module is 1.2 mm, which cheap cameras read from half a metre. */
const qrSide = 164;

/** Where each part stands; whatever a text's length, none grows into the next. */
const boxes = {
  name: { x: margin, y: 33, width: inner, height: 50 },
  facts: { x: margin, y: 86, width: inner, height: 28 },
  qr: { x: (width - qrSide) / 2, y: 114, width: qrSide, height: qrSide },
  code: { x: margin, y: 277, width: inner, height: 12 },
  entitlements: { x: margin, y: 299, width: inner, height: 62 },
  small: { x: margin, y: 367, width: inner, height: 40 },
} satisfies Record<string, Box>;

/** Draws a ticket on the current page of a document that has the faces `regular` and `bold`. */
export function drawTicket(page: Page, ticket: PrintedTicket, language: Language): void {
  const words = printedWords[language];
  page.fillColor('black');
  if (ticket.isTest) drawTestMark(page, words);
  else page.rect(0, 0, width, 8).fill();
  drawName(page, boxes.name, ticket.productName);
  drawFacts(page, boxes.facts, [
    [words.visitDate, longDate(ticket.visitDate, language)],
    [words.admits, words.customers[ticket.customerType] ?? ticket.customerType],
  ]);
  drawQr(page, boxes.qr, ticket.qrToken);
  drawCode(page, boxes.code, ticket.ticketCode);
  drawEntitlements(page, boxes.entitlements, ticket.entitlements);
  drawSmallPrint(page, boxes.small, ticket, words);
}

/** A band, and the word all over the page behind everything: also a copy in black and white tells. */
function drawTestMark(page: Page, { test, testBand }: Words): void {
  page.save().rotate(-30, { origin: [width / 2, height / 2] });
  page.font('bold').fontSize(40).fillColor('#d9d9d9');
  const step = page.widthOfString(test) + 30;
  for (let y = -60; y < height + 60; y += 62) {
    for (let x = -100; x < width + 100; x += step) page.text(test, x, y, { lineBreak: false });
  }
  page.restore();
  page.save().rect(0, 0, width, 26).fill('black');
  page.fontSize(11).fillColor('white');
  page.text(testBand, (width - page.widthOfString(testBand)) / 2, 5, { lineBreak: false });
  page.restore();
}

/** As large as the box allows, in one line or more. */
function drawName(page: Page, box: Box, name: string): void {
  const tight = { width: box.width, lineGap: -4 };
  page.font('bold');
  const fits = [24, 20, 17, 15, 13, 11, 9].some(
    (size) => page.fontSize(size).heightOfString(name, tight) <= box.height,
  );
  // With a height given, the last line that fits ends in an ellipsis, by the library's count of the lines.
  const cut = fits ? {} : { height: box.height, ellipsis: true };
  page.text(name, box.x, box.y, { ...tight, ...cut });
}

/** Two facts side by side, each below what it is. */
function drawFacts(page: Page, box: Box, facts: [what: string, value: string][]): void {
  let { x } = box;
  for (const [what, value] of facts) {
    page.font('regular').fontSize(7);
    page.text(what, x, box.y, { lineBreak: false });
    page.font('bold').fontSize(11);
    page.text(value, x, box.y + 9, { lineBreak: false });
    x = box.x + box.width * 0.76;
  }
}

/** One path, filled once: no hairlines between the modules, at any scale. */
function drawQr(page: Page, box: Box, text: string): void {
  const { side, runs } = qrRuns(text);
  const module = box.width / side;
  page.save().rect(box.x, box.y, box.width, box.height).fill('white');
  page.translate(box.x, box.y).scale(module);
  for (const { x, y, length } of runs) page.rect(x, y, length, 1);
  page.fill('black').restore();
}

/**
 * Of what is the ticket's own: without ligatures, which codes do not have, and, as features are named, outside
 * the library's cache, which would grow with the order. The library takes an object, its types only a list.
 */
const unique = {
  features: { liga: false } as unknown as PDFKit.Mixins.OpenTypeFeatures[],
  lineBreak: false,
} satisfies PDFKit.Mixins.TextOptions;

function drawCode(page: Page, box: Box, code: string): void {
  page.font('bold').fontSize(9);
  const spaced = { ...unique, characterSpacing: 0.7 };
  page.text(code, box.x + (box.width - page.widthOfString(code, spaced)) / 2, box.y, spaced);
}

/** A line each; in two columns where there are many. */
function drawEntitlements(page: Page, box: Box, entitlements: PrintedTicket['entitlements']): void {
  const columns = entitlements.length > 5 ? 2 : 1;
  const gap = 14;
  const columnWidth = (box.width - gap * (columns - 1)) / columns;
  const rows = Math.ceil(entitlements.length / columns);
  const rowHeight = Math.min(16, box.height / rows);
  drawRule(page, box.y - 4);
  page.fontSize(Math.min(10.5, rowHeight * 0.68));
  for (const [index, { label, total }] of entitlements.entries()) {
    const x = box.x + Math.floor(index / rows) * (columnWidth + gap);
    const y = box.y + (index % rows) * rowHeight;
    const count = `× ${total}`;
    page.font('bold');
    const countWidth = page.widthOfString(count);
    page.text(count, x + columnWidth - countWidth, y, { lineBreak: false });
    page.font('regular');
    page.text(shortened(page, label, columnWidth - countWidth - 8), x, y, { lineBreak: false });
  }
  drawRule(page, box.y + box.height);
}

function drawSmallPrint(page: Page, box: Box, ticket: PrintedTicket, words: Words): void {
  const { number, of, reference, orderId } = ticket;
  const booking = reference === null ? '' : `  ·  ${words.reference} ${reference}`;
  page.font('regular').fontSize(6.8);
  page.text(shortened(page, words.numbered(number, of) + booking, box.width), box.x, box.y, unique);
  page.text(`${words.order} ${orderId}`, box.x, box.y + 9, unique);
  page.text(words.smallPrint, box.x, box.y + 20, { width: box.width, lineGap: -1.5 });
}

function drawRule(page: Page, y: number): void {
  page
    .moveTo(margin, y)
    .lineTo(width - margin, y)
    .lineWidth(0.5)
    .stroke('black');
}

/** As much of a text as the width holds, with an ellipsis for the rest. */
function shortened(page: Page, text: string, room: number): string {
  const measured = (some: string) => page.widthOfString(some, unique);
  if (measured(text) <= room) return text;
  const characters = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  while (characters.length > 0 && measured(`${characters.join('')}…`) > room) characters.pop();
  return `${characters.join('')}…`;
}
