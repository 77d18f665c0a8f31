import type { Language } from '../domain/languages.ts';

/** What a printed ticket says by itself; the names of products and entitlements are printed as they are stored. */
export type Words = {
  /** Of dates. */
  locale: string;
  tickets: string;
  visitDate: string;
  admits: string;
  customers: Record<string, string>;
  numbered: (number: number, of: number) => string;
  order: string;
  reference: string;
  smallPrint: string;
  test: string;
  testBand: string;
};

export const printedWords: Record<Language, Words> = {
  en: {
    locale: 'en-GB',
    tickets: 'Tickets',
    visitDate: 'Date of visit',
    admits: 'For',
    customers: { adult: 'Adult', child: 'Child', elderly: 'Senior' },
    numbered: (number, of) => `Ticket ${number} of ${of}`,
    order: 'Order',
    reference: 'Reference',
    smallPrint:
      'Show this code at the gate, on paper or on a phone. Whoever shows it first is admitted: keep it as you keep cash.',
    test: 'TEST',
    testBand: 'TEST TICKET · ADMITS NOWHERE',
  },
  'zh-Hant': {
    locale: 'zh-Hant-HK',
    tickets: '門票',
    visitDate: '參觀日期',
    admits: '票種',
    customers: { adult: '成人', child: '小童', elderly: '長者' },
    numbered: (number, of) => `第 ${number} 張，共 ${of} 張`,
    order: '訂單',
    reference: '參考編號',
    smallPrint: '入場時請出示此二維碼，列印本或手機畫面均可。門票認碼不認人，以首次出示者為準，請妥善保管。',
    test: '測試',
    testBand: '測試門票 · 不能入場',
  },
};

/** A business date with its day of the week, as people write it. */
export function longDate(date: string, language: Language): string {
  const format = new Intl.DateTimeFormat(printedWords[language].locale, {
    dateStyle: 'full',
    timeZone: 'UTC',
  });
  return format.format(new Date(`${date}T00:00:00Z`));
}
