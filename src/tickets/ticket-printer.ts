import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { makeZip } from 'client-zip';
import { create, type Font } from 'fontkit';
import Pdf from 'pdfkit';
import type { Language } from '../domain/languages.ts';
import { qrPng } from './picture.ts';
import { drawTicket, pageSize, type PrintedTicket } from './printed-page.ts';
import { printedWords } from './printed-words.ts';

/** How tickets are printed. Files are dated by `issuedAt`, so that the same tickets give the same bytes. */
export type Printing = { language: Language; issuedAt: Date };
export type ZipEntries = 'pdf' | 'png';
type Tickets = AsyncIterable<PrintedTicket> | Iterable<PrintedTicket>;
type Faces = { regular: Font; bold: Font };

/**
 * Makes files of tickets, each part when the one before has been taken, so that memory does not grow with
 * an order. Pages are drawn one a turn of the event loop, whoever's they are: a page takes milliseconds, and
 * the calls of others are answered in between.
 */
export class TicketPrinter {
  #faces: Promise<Faces> | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** A PDF with a page for each ticket. */
  orderPdf(tickets: Tickets, orderId: string, printing: Printing): AsyncGenerator<Buffer> {
    const words = printedWords[printing.language];
    return this.#pdf(tickets, `${words.tickets} · ${words.order} ${orderId}`, printing);
  }

  /** A PDF of one ticket. */
  async ticketPdf(ticket: PrintedTicket, printing: Printing): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.#pdf([ticket], ticket.productName, printing)) parts.push(part);
    return Buffer.concat(parts);
  }

  /** A ZIP with a file for each ticket, named by its number in the order and its code. */
  async *orderZip(tickets: Tickets, entries: ZipEntries, printing: Printing): AsyncGenerator<Uint8Array> {
    // In a generator, as the library's stream begins to read when it is made.
    yield* makeZip(this.#files(tickets, entries, printing));
  }

  async *#pdf(tickets: Tickets, title: string, { language, issuedAt }: Printing): AsyncGenerator<Buffer> {
    const { regular, bold } = await this.#loadFaces();
    const document = new Pdf({
      autoFirstPage: false,
      // Or it would load one of its own.
      font: '',
      size: pageSize,
      margin: 0,
      pdfVersion: '1.7',
      lang: language,
      displayTitle: true,
      info: { Title: title, Creator: 'Allotment', Producer: 'Allotment', CreationDate: issuedAt },
    });
    registerFont(document, 'regular', regular);
    registerFont(document, 'bold', bold);
    for await (const ticket of tickets) {
      await this.#ownTurn();
      document.addPage();
      drawTicket(document, ticket, language);
      document.flushPages();
      yield document.read() as Buffer;
    }
    await this.#ownTurn();
    document.end();
    yield document.read() as Buffer;
  }

  async *#files(tickets: Tickets, entries: ZipEntries, printing: Printing) {
    for await (const ticket of tickets) {
      const number = String(ticket.number).padStart(String(ticket.of).length, '0');
      yield {
        name: `${number}-${ticket.ticketCode}.${entries}`,
        lastModified: printing.issuedAt,
        input: entries === 'pdf' ? await this.ticketPdf(ticket, printing) : await this.#picture(ticket),
      };
    }
  }

  async #picture(ticket: PrintedTicket): Promise<Buffer> {
    await this.#ownTurn();
    return qrPng(ticket.qrToken);
  }

  #ownTurn(): Promise<void> {
    this.#turn = this.#turn.then(() => nextTurn());
    return this.#turn;
  }

  /** Read when first needed, 14 MB: most processes never print. */
  #loadFaces(): Promise<Faces> {
    this.#faces ??= loadFaces().catch((error: unknown) => {
      this.#faces = undefined;
      throw error;
    });
    return this.#faces;
  }
}

async function loadFaces(): Promise<Faces> {
  const [regular, bold] = await Promise.all([loadFace('400Regular'), loadFace('700Bold')]);
  return { regular, bold };
}

async function loadFace(name: string): Promise<Font> {
  const path = `@expo-google-fonts/noto-sans-tc/${name}/NotoSansTC_${name}.ttf`;
  const font = create(await readFile(createRequire(import.meta.url).resolve(path)));
  if (font.type !== 'TTF') throw new Error(`${path} holds not one face, but is of type ${font.type}`);
  return font;
}

/** Opening a face takes longer than drawing a page. The library takes one that is open; its types do not say so. */
function registerFont(document: PDFKit.PDFDocument, name: string, font: Font): void {
  document.registerFont(name, font as unknown as PDFKit.Mixins.PDFFontSource);
}
