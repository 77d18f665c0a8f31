import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPublicKey } from 'node:crypto';
import { PNG } from 'pngjs';
import { decodeQR } from 'qr/decode.js';
import { readToken } from '../../src/tickets/qr-token.ts';
import { newTicketCode } from '../../src/tickets/ticket-code.ts';
import { type House, openHouse } from '../support/house.ts';
import { type SoldTicket, sold } from '../support/sale.ts';

let house: House;
let ticket: SoldTicket;
let voidCode: string;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  const { tickets } = await sold(house, 2);
  ticket = tickets[0] as SoldTicket;
  voidCode = tickets[1]?.ticket_code ?? '';
  await house.sql(`update tickets set status = 'void' where ticket_code = $1`, [voidCode]);
});
afterAll(() => house.close());

const open = (path: string) => house.get(path, { key: null });
const strangeCodes = () => [newTicketCode(), 'x', '%00', ticket.ticket_code.toLowerCase(), 'A'.repeat(5_000)];

describe('GET /tickets/{code}', () => {
  it('shows the ticket to whoever has its code', async () => {
    const answer = await open(`/tickets/${ticket.ticket_code}`);
    expect([answer.status, answer.body]).toEqual([200, ticket]);
  });

  it('shows that a ticket is void', async () => {
    expect((await open(`/tickets/${voidCode}`)).body.status).toBe('void');
  });

  it('tells nothing about the order or its customer', async () => {
    const { text } = await open(`/tickets/${ticket.ticket_code}`);
    expect(text).not.toMatch(/guest@example|Chan|order_id|reservation|payment/);
  });

  it('answers 404 to any other code', async () => {
    for (const code of strangeCodes()) {
      const answer = await open(`/tickets/${code}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    }
  });
});

describe('GET /tickets/{code}/qr.png', () => {
  it('is a picture of the signed code', async () => {
    const response = await fetch(`${house.url}/tickets/${ticket.ticket_code}/qr.png`);
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'image/png']);
    const { width, height, data } = PNG.sync.read(Buffer.from(await response.arrayBuffer()));
    expect(decodeQR({ width, height, data })).toBe(ticket.qr_code);
  });

  it('answers 404 to any other code', async () => {
    for (const code of strangeCodes()) expect((await open(`/tickets/${code}/qr.png`)).status).toBe(404);
  });
});

describe('GET /tickets/{code}/qr.svg', () => {
  it('is a picture of the signed code', async () => {
    const answer = await open(`/tickets/${ticket.ticket_code}/qr.svg`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toMatch(/^image\/svg\+xml/);
    expect(decodeQR(pixelsOf(answer.text))).toBe(ticket.qr_code);
  });

  it('is where the ticket says that its picture is', () => {
    expect(ticket.qr_code_url).toBe(`${house.config.publicUrl}/tickets/${ticket.ticket_code}/qr.svg`);
  });

  it('answers 404 to any other code', async () => {
    for (const code of strangeCodes()) expect((await open(`/tickets/${code}/qr.svg`)).status).toBe(404);
  });
});

describe('POST /qr/{code}', () => {
  it('gives a rotating token, good for at most 60 seconds', async () => {
    const askedAt = Date.now();
    const answer = await house.post(`/qr/${ticket.ticket_code}`, undefined, { key: null });
    const answeredAt = Date.now();
    expect(answer.status).toBe(200);
    const token = readToken(house.config.signingKeys, answer.body.qr);
    expect(token).toMatchObject({ kind: 'rotating', ticketCode: ticket.ticket_code });
    const expiresAt = Date.parse(answer.body.expires_at);
    expect(token).toMatchObject({ expiresAt: new Date(expiresAt) });
    // Same machine, same clock as PostgreSQL.
    expect(expiresAt).toBeLessThanOrEqual(answeredAt + 60_000);
    expect(expiresAt).toBeGreaterThan(askedAt + 50_000);
  });

  it('gives another token each time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => house.post(`/qr/${ticket.ticket_code}`, undefined, { key: null })),
    );
    expect(new Set(answers.map(({ body }) => body.qr)).size).toBe(5);
  });

  it('refuses a void ticket', async () => {
    const answer = await house.post(`/qr/${voidCode}`, undefined, { key: null });
    expect([answer.status, answer.body.code]).toEqual([422, 'TICKET_VOID']);
  });

  it('answers 404 to any other code', async () => {
    for (const code of strangeCodes()) {
      expect((await house.post(`/qr/${code}`, undefined, { key: null })).status).toBe(404);
    }
  });
});

describe('GET /.well-known/jwks.json', () => {
  it('shows the public keys that verify a ticket offline, and no private part', async () => {
    const answer = await open('/.well-known/jwks.json');
    expect(answer.status).toBe(200);
    const [key, ...others] = answer.body.keys;
    expect(others).toEqual([]);
    expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA' });
    const offline = {
      signing: house.config.signingKeys.signing,
      verifying: new Map([
        [key.kid, { publicKey: createPublicKey({ key, format: 'jwk' }), x: key.x as string }],
      ]),
    };
    expect(readToken(offline, ticket.qr_code)).toMatchObject({
      kind: 'static',
      ticketCode: ticket.ticket_code,
      kid: key.kid,
    });
  });
});

/** Draws the one path of a QR's SVG, 8 pixels to a module. */
function pixelsOf(svg: string) {
  const modules = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]);
  const side = modules * 8;
  const { data } = new PNG({ width: side, height: side });
  data.fill(255);
  for (const [, x, y, length] of svg.slice(svg.lastIndexOf('<path')).matchAll(/M(\d+) (\d+)h(\d+)v1/g)) {
    for (let row = Number(y) * 8; row < Number(y) * 8 + 8; row++) {
      for (let column = Number(x) * 8; column < (Number(x) + Number(length)) * 8; column++) {
        data.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
      }
    }
  }
  return { width: side, height: side, data };
}
