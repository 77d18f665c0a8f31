import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { runApi } from '../../src/run-api.ts';
import { generateSigningKeySet, readSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { type House, openHouse } from '../support/house.ts';
import { sold, type SoldTicket } from '../support/sale.ts';

type Jwk = { kid: string; d?: string };
const keysOf = (set: string) => (JSON.parse(set) as { keys: [Jwk] }).keys;
const [next] = keysOf(generateSigningKeySet());

let house: House;
let tickets: SoldTicket[];
beforeAll(async () => {
  house = await openHouse({ worker: true });
  ({ tickets } = await sold(house, 1));
});
afterAll(() => house.close());

/** Calls an API with other keys on the same database, as after a rotation and a restart. */
async function withKeys<T>(keys: object[], call: (url: string) => Promise<T>): Promise<T> {
  const signingKeys = readSigningKeySet(JSON.stringify({ keys }));
  const api = await runApi({ ...house.config, signingKeys }, createLog('test', 'silent'));
  try {
    return await call(`http://127.0.0.1:${api.port}`);
  } finally {
    await api.close();
  }
}

const scanAt = (url: string, qr: string, scanId: string) =>
  fetch(`${url}/venue/scan`, {
    method: 'POST',
    headers: { 'X-API-Key': house.keys.gate, 'Content-Type': 'application/json' },
    body: JSON.stringify({ qr, function_code: 'playground_tokens', scan_id: scanId }),
  });

describe('the keys that sign tickets', () => {
  const qr = () => tickets[0]?.qr_code ?? '';
  const code = () => tickets[0]?.ticket_code ?? '';
  const former = () => {
    const { kid } = house.config.signingKeys.signing;
    const x = house.config.signingKeys.verifying.get(kid)?.x;
    return { kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA', kid, x };
  };

  it('rotate: tickets of the former key stay good, new codes are of the new one, and both are published', async () => {
    await withKeys([next, former()], async (url) => {
      expect((await scanAt(url, qr(), 'former')).status).toBe(200);
      const rotated = await fetch(`${url}/qr/${code()}`, { method: 'POST' });
      const { qr: fresh } = (await rotated.json()) as { qr: string };
      expect((await scanAt(url, fresh, 'fresh')).status).toBe(200);
      const published = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: Jwk[] };
      expect(published.keys.map(({ kid }) => kid)).toEqual([next?.kid, former().kid]);
      for (const key of published.keys) expect(key.d).toBeUndefined();
    });
  });

  it('end: tickets of a key that was taken out are refused, and nothing is deducted', async () => {
    const before = await house.sql('select * from ticket_entitlements order by 1, 2');
    const refused = await withKeys([next], async (url) => {
      const answer = await scanAt(url, qr(), 'removed');
      return [answer.status, ((await answer.json()) as { code: string }).code];
    });
    expect(refused).toEqual([422, 'TOKEN_INVALID']);
    expect(await house.sql('select * from ticket_entitlements order by 1, 2')).toEqual(before);
  });
});
