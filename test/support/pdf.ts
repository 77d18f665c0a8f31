import { PDFiumLibrary } from '@hyzyla/pdfium';
import { decodeQR } from 'qr/decode.js';

/** A page as a reader shows it: its text, its size in points, and what a scanner reads from its picture. */
export type ReadPage = {
  text: string;
  width: number;
  height: number;
  qr: string;
  /** How much of the page is dark between two heights, each as a part of the whole. */
  ink: (from: number, to: number) => number;
};

const opening = PDFiumLibrary.init();

/** Reads a PDF with the library of a browser: text as a person would copy it, pixels as on a screen. */
export async function readPdf(bytes: Uint8Array, pages = Number.POSITIVE_INFINITY): Promise<ReadPage[]> {
  const library = await opening;
  const document = await library.loadDocument(bytes);
  const read: ReadPage[] = [];
  for (let index = 0; index < Math.min(pages, document.getPageCount()); index += 1) {
    const page = document.getPage(index);
    const { originalWidth: width, originalHeight: height } = page.getOriginalSize();
    const text = page.getText();
    const picture = await page.render({ scale: 3, render: 'bitmap' });
    const ink = inkOf(picture.width, picture.height, Buffer.from(picture.data));
    read.push({ text, width, height, qr: decodeQR(picture), ink });
  }
  document.destroy();
  return read;
}

export async function countPages(bytes: Uint8Array): Promise<number> {
  const library = await opening;
  const document = await library.loadDocument(bytes);
  const pages = document.getPageCount();
  document.destroy();
  return pages;
}

const inkOf = (width: number, height: number, rgba: Buffer) => (from: number, to: number) => {
  const part = rgba.subarray(Math.round(from * height) * width * 4, Math.round(to * height) * width * 4);
  let dark = 0;
  for (let at = 0; at < part.length; at += 4) if ((part[at] ?? 255) < 96) dark += 1;
  return dark / (part.length / 4);
};
