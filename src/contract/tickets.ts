import { z } from 'zod';
import { operation } from './operation.ts';
import { ticket } from './orders.ts';
import { functionCode, instant, language, line, quantity } from './values.ts';

const params = z.object({ code: z.string() });
const entitlements = z.array(
  z.object({ function_code: z.string(), label: z.string(), total: z.int(), remaining: z.int() }),
);
const ofTicket = {
  tag: 'Tickets and gate',
  caller: 'public',
  limit: 'address',
  params,
  refusals: ['NOT_FOUND'],
} as const;

export const getTicket = operation({
  ...ofTicket,
  refusals: ['NOT_FOUND'],
  id: 'getTicket',
  method: 'get',
  path: '/tickets/{code}',
  summary: 'A ticket, for whoever has its code',
  answers: { 200: { description: 'The ticket.', body: ticket } },
});

export const getTicketQrSvg = operation({
  ...ofTicket,
  refusals: ['NOT_FOUND'],
  id: 'getTicketQrSvg',
  method: 'get',
  path: '/tickets/{code}/qr.svg',
  summary: "A ticket's QR as SVG",
  answers: { 200: { description: 'The picture.', contentType: 'image/svg+xml' } },
});

export const getTicketQrPng = operation({
  ...ofTicket,
  refusals: ['NOT_FOUND'],
  id: 'getTicketQrPng',
  method: 'get',
  path: '/tickets/{code}/qr.png',
  summary: "A ticket's QR as PNG",
  answers: { 200: { description: 'The picture.', contentType: 'image/png' } },
});

export const getTicketPdf = operation({
  ...ofTicket,
  refusals: ['NOT_FOUND', 'TICKET_VOID'],
  id: 'getTicketPdf',
  method: 'get',
  path: '/tickets/{code}/ticket.pdf',
  summary: 'A ticket to print or to keep',
  query: z.strictObject({ language }),
  answers: { 200: { description: 'One page of A6.', contentType: 'application/pdf' } },
});

export const rotateQr = operation({
  ...ofTicket,
  refusals: ['NOT_FOUND', 'TICKET_VOID'],
  id: 'rotateQr',
  method: 'post',
  path: '/qr/{code}',
  summary: 'A QR for a phone screen: good for one scan and at most 60 seconds',
  answers: {
    200: {
      description: 'The text to show, and until when.',
      body: z.object({ qr: z.string(), expires_at: z.iso.datetime() }).meta({ id: 'RotatingQr' }),
    },
  },
});

export const scan = operation({
  id: 'scan',
  method: 'post',
  path: '/venue/scan',
  summary: 'Redeem an entitlement at a gate',
  tag: 'Tickets and gate',
  caller: 'tickets:redeem',
  session: 'gate',
  limit: 'gate',
  body: z
    .strictObject({
      qr: z.string().min(1).max(4_000).meta({ description: 'What the scanner read.' }),
      function_code: functionCode,
      quantity: quantity.optional().meta({ description: '1 when absent.' }),
      venue_code: line(64).optional(),
      scan_id: line(100).meta({ description: 'New for each scan; a repeat deducts nothing.' }),
      scanned_at: instant.optional().meta({
        description:
          'When a gate without a connection admitted; a rotating code must have been live then. A repeat may add it.',
      }),
    })
    .meta({ id: 'ScanRequest' }),
  answers: {
    200: {
      description: 'Admitted.',
      body: z
        .object({
          result: z.literal('redeemed'),
          ticket_code: z.string(),
          function_code: z.string(),
          remaining: z.int(),
          entitlements,
        })
        .meta({ id: 'Redeemed' }),
    },
  },
  refusals: [
    'TOKEN_REPLAYED',
    'SCAN_ID_REUSED',
    'TOKEN_INVALID',
    'TICKET_VOID',
    'TICKET_TEST',
    'WRONG_FUNCTION',
    'NOTHING_REMAINING',
  ],
});

export const getKeySet = operation({
  id: 'getKeySet',
  method: 'get',
  path: '/.well-known/jwks.json',
  summary: 'The public keys that verify a QR offline',
  tag: 'Tickets and gate',
  caller: 'public',
  limit: 'address',
  answers: {
    200: {
      description: 'A JSON Web Key Set (RFC 7517, RFC 8037).',
      body: z.object({ keys: z.array(z.record(z.string(), z.string())) }).meta({ id: 'KeySet' }),
    },
  },
  refusals: [],
});
