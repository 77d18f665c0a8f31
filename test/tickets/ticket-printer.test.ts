import { describe, expect, it } from '@jest/globals';
import { languages } from '../../src/domain/languages.ts';
import type { PrintedTicket } from '../../src/tickets/printed-page.ts';
import { longDate } from '../../src/tickets/printed-words.ts';
import { signStaticToken } from '../../src/tickets/qr-token.ts';
import { generateSigningKeySet, readSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { newTicketCode } from '../../src/tickets/ticket-code.ts';
import { TicketPrinter } from '../../src/tickets/ticket-printer.ts';
import { readPdf } from '../support/pdf.ts';

const keys = readSigningKeySet(generateSigningKeySet());
const printer = new TicketPrinter();
const issuedAt = new Date('2030-06-03T02:03:01Z');

function ticket(change: Partial<PrintedTicket> = {}): PrintedTicket {
  const ticketCode = newTicketCode();
  return {
    ticketCode,
    qrToken: signStaticToken(keys, ticketCode),
    productName: 'Premium Plan',
    customerType: 'adult',
    visitDate: '2030-06-15',
    entitlements: [{ label: 'Ferry', total: 1 }],
    orderId: '01bbef22-61c0-70d3-afa4-6132857ff684',
    reference: 'booking-20881',
    number: 3,
    of: 12,
    isTest: false,
    ...change,
  };
}
const pagesOf = async (one: PrintedTicket, language: (typeof languages)[number]) =>
  readPdf(await printer.ticketPdf(one, { language, issuedAt }));
const withoutSpace = (text: string | undefined) => (text ?? '').replaceAll(/\s/g, '');

describe('a printed ticket', () => {
  const wideNames = [
    ['of one word', 'W'.repeat(200)],
    ['of 200 letters', 'Deluxe afternoon tea on the upper deck for two grown-ups '.repeat(4).slice(0, 200)],
    ['of 200 characters', '豪華雙層觀光遊輪日落下午茶'.repeat(16).slice(0, 200)],
    ['of one letter', 'A'],
  ];
  it.each(languages.flatMap((language) => wideNames.map((name) => [language, ...name] as const)))(
    'in %s keeps to one page with a name %s',
    async (language, _what, productName) => {
      const one = ticket({ productName: productName ?? '', reference: 'R'.repeat(100) });
      const [page, ...more] = await pagesOf(one, language);
      expect(more).toEqual([]);
      expect(page?.qr).toBe(one.qrToken);
      expect(withoutSpace(page?.text)).toContain(withoutSpace(productName).slice(0, 40));
      expect(page?.text).toContain(one.ticketCode);
    },
  );

  it.each([
    ['en', false],
    ['en', true],
    ['zh-Hant', false],
    ['zh-Hant', true],
  ] as const)(
    'in %s, of the sandbox or not (%s), is dark on light in each of its parts',
    async (language, isTest) => {
      const [page] = await pagesOf(ticket({ isTest }), language);
      for (const [part, from, to, least] of [
        ['name', 0.08, 0.2, 0.02],
        ['facts', 0.2, 0.27, 0.02],
        ['QR', 0.3, 0.63, 0.15],
        ['code', 0.66, 0.69, 0.03],
        ['entitlements', 0.71, 0.75, 0.008],
        ['small print', 0.87, 0.97, 0.02],
      ] as const) {
        const dark = page?.ink(from, to) ?? 0;
        expect([part, dark > least, dark < 0.5]).toEqual([part, true, true]);
      }
    },
  );

  it.each([1, 4, 5, 6, 12, 30])('shows each of %i entitlements with its count', async (count) => {
    const entitlements = Array.from({ length: count }, (_, index) => ({
      label: `Thing ${index + 1} ${'and more of it '.repeat(index % 2 ? 20 : 0)}`,
      total: 100 + index,
    }));
    const [page, ...more] = await pagesOf(ticket({ entitlements }), 'en');
    expect(more).toEqual([]);
    for (const [index, { total }] of entitlements.entries()) {
      expect(page?.text).toContain(`Thing ${index + 1}`);
      expect(page?.text).toContain(`× ${total}`);
    }
  });

  it('shows a customer type that it has no word for as it is', async () => {
    const [page] = await pagesOf(ticket({ customerType: 'student' }), 'zh-Hant');
    expect(page?.text).toContain('student');
  });

  it('is printed in parts, each with the ticket that was taken last', async () => {
    let taken = 0;
    function* tickets() {
      for (; taken < 3; ) {
        taken += 1;
        yield ticket();
      }
    }
    const parts = printer.orderPdf(tickets(), 'order', { language: 'en', issuedAt });
    for (const expected of [1, 2, 3]) {
      const { value } = await parts.next();
      expect([taken, (value as Buffer).length > 1_000]).toEqual([expected, true]);
    }
  });

  it('fails where its tickets cannot be read to the end', async () => {
    async function* tickets() {
      yield ticket();
      throw new Error('the database went away');
    }
    const parts = printer.orderPdf(tickets(), 'order', { language: 'en', issuedAt });
    expect((await parts.next()).done).toBe(false);
    await expect(parts.next()).rejects.toThrow('the database went away');
    expect((await parts.next()).done).toBe(true);
  });
});

describe('longDate', () => {
  it.each([
    ['2030-06-15', 'en', 'Saturday 15 June 2030'],
    ['2030-06-15', 'zh-Hant', '2030年6月15日 星期六'],
    ['2028-02-29', 'zh-Hant', '2028年2月29日 星期二'],
  ] as const)('writes %s in %s', (date, language, written) => {
    expect(longDate(date, language).replaceAll(/[,\s]/g, '')).toBe(written.replaceAll(/\s/g, ''));
  });
});
