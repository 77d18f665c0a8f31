import {
  getKeySet,
  getTicket,
  getTicketPdf,
  getTicketQrPng,
  getTicketQrSvg,
  rotateQr,
  scan,
} from '../tickets.ts';
import { example, json } from './example.ts';
import { codes, keySet, ORIGIN, rotating, VISIT } from './story.ts';

const entitlement = (code: string, label: string, total: number, remaining = total) => ({
  function_code: code,
  label,
  total,
  remaining,
});
const premium = (tokens: number, ferryRemaining = 1) => [
  entitlement('ferry', 'Ferry', 1, ferryRemaining),
  entitlement('monchhichi_gift', 'Monchhichi gift', 1),
  entitlement('playground_tokens', 'Playground tokens', tokens),
];

function ticket(
  of: { code: string; qr: string },
  productId: number,
  customerType: string,
  entitlements: ReturnType<typeof entitlement>[],
) {
  return {
    ticket_code: of.code,
    product_id: productId,
    customer_type: customerType,
    status: 'valid',
    visit_date: VISIT,
    entitlements,
    qr_code: of.qr,
    qr_code_url: `${ORIGIN}/tickets/${of.code}/qr.svg`,
  };
}

/** The first ticket of the line has the tokens that were added. */
const firstTicket = ticket(codes.adult, 106, 'adult', premium(20));
export const orderTickets = [
  firstTicket,
  ticket(codes.secondAdult, 106, 'adult', premium(10)),
  ticket(codes.child, 106, 'child', premium(10)),
];
export const shopTickets = [
  ticket(codes.shopAdult, 106, 'adult', premium(10)),
  ticket(codes.shopPet, 107, 'adult', [
    entitlement('pet_ferry', 'Pet ferry', 1),
    entitlement('pet_playground', 'Pet playground', 1),
  ]),
];

/** As the two streams write tickets. */
export const inStreams = (tickets: typeof orderTickets) => ({
  'text/csv': [
    'ticket_code,product_id,customer_type,status,visit_date,entitlements,qr_code,qr_code_url',
    ...tickets.map(({ entitlements, ...shown }) =>
      [
        shown.ticket_code,
        shown.product_id,
        shown.customer_type,
        shown.status,
        shown.visit_date,
        entitlements
          .map(({ function_code, remaining, total }) => `${function_code}:${remaining}/${total}`)
          .join(';'),
        shown.qr_code,
        shown.qr_code_url,
      ].join(','),
    ),
    '',
  ].join('\n'),
  'application/x-ndjson': tickets.map((one) => `${JSON.stringify(one)}\n`).join(''),
});

const params = { code: codes.adult.code };

export const ticketExamples = [
  example(getTicket, { params, answers: { 200: json(firstTicket) } }),
  // A picture is shown by its address, which the document fills in.
  example(getTicketQrSvg, { params, answers: { 200: { text: { 'image/svg+xml': '' } } } }),
  example(getTicketQrPng, { params, answers: { 200: { text: { 'image/png': '' } } } }),
  example(getTicketPdf, {
    params,
    query: { language: 'zh-Hant' },
    answers: { 200: { text: { 'application/pdf': '' } } },
  }),
  example(rotateQr, { params, answers: { 200: json(rotating) } }),
  example(scan, {
    body: { qr: rotating.qr, function_code: 'ferry', scan_id: 'pier-1-000417', venue_code: 'pier-1' },
    answers: {
      200: json({
        result: 'redeemed',
        ticket_code: codes.adult.code,
        function_code: 'ferry',
        remaining: 0,
        entitlements: premium(20, 0),
      }),
    },
  }),
  example(getKeySet, { answers: { 200: json(keySet) } }),
];
