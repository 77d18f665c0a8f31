import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/house.ts';
import { openHouseWithRuns } from '../support/house-with-runs.ts';
import { ordered, reserved } from '../support/sale.ts';

const { house, runs } = await openHouseWithRuns({ worker: true });

const HOUR_MS = 3_600_000;
const after = (ms: number) => new Date(Date.now() + ms).toISOString();

/** The queries of docs/operations.md by what they find; with the present time, and an hour from then. */
function savedQueries(): Map<string, string> {
  const docs = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, table = ''] = /### Saved queries\n([^#]*)/.exec(docs) ?? [];
  const rows = [...table.matchAll(/^\| ([^|]+) \| `([^`]+)` \|$/gm)];
  return new Map(
    rows.map(([, what = '', query = '']) => [
      what,
      query.replaceAll('2026-12-01T09:00:00Z', after(0)).replaceAll('2026-12-01T10:00:00Z', after(HOUR_MS)),
    ]),
  );
}

/** Which of the reservations' runs a query finds, by the words that docs/operations.md has for it. */
async function found(what: string, reservations: Record<string, string>): Promise<string[]> {
  const query = savedQueries().get(what);
  if (query === undefined) throw new Error(`There is no query for: ${what}`);
  const ids = new Set<string>();
  for await (const { workflowId } of runs.client.workflow.list({ query })) ids.add(workflowId);
  return Object.entries(reservations)
    .filter(([, id]) => ids.has(`reservation:${id}`))
    .map(([name]) => name)
    .toSorted();
}

/** Temporal tells of a change a moment after it was made. */
const finds = (what: string, reservations: Record<string, string>, names: string[]) =>
  eventually(`${what}: ${names.join(', ')}`, async () => {
    const seen = await found(what, reservations);
    return JSON.stringify(seen) === JSON.stringify(names.toSorted());
  });

describe('the saved queries of docs/operations.md', () => {
  it('are each understood by Temporal', async () => {
    expect(savedQueries().size).toBeGreaterThan(5);
    for (const what of savedQueries().keys()) expect(await found(what, {})).toEqual([]);
  });

  it("find a partner's live holds, and those of a product", async () => {
    const own = await reserved(house, 1);
    const ended = await reserved(house, 1);
    const ofAnother = await house.post(
      '/api/ota/reserve',
      { product_id: 107, quantity: 1 },
      { key: 'ota_2' },
    );
    const reservations = { own, ended, ofAnother: ofAnother.body.reservation_id as string };
    await house.delete(`/api/ota/reservations/${ended}`);
    await finds("a partner's holds", reservations, ['own']);
    await finds('the holds on a product', reservations, ['own']);
  });

  it('find holds that end within the hour by the deadline that they have now', async () => {
    const reserve = async (end: string) => {
      const body = { product_id: 106, quantity: 1, reservation_expires_at: end };
      return (await house.post('/api/ota/reserve', body)).body.reservation_id as string;
    };
    const reservations = {
      soon: await reserve(after(HOUR_MS / 2)),
      later: await reserve(after(HOUR_MS * 3)),
      extended: await reserve(after(HOUR_MS / 2)),
    };
    await finds('holds that end within the next hour', reservations, ['extended', 'soon']);
    await house.post(`/api/ota/reservations/${reservations.extended}/extend`, {
      reservation_expires_at: after(HOUR_MS * 5),
    });
    await finds('holds that end within the next hour', reservations, ['soon']);
  });

  it('find a run whose step is tried again and again, until it succeeds', async () => {
    const reservations = { stuck: await reserved(house, 1), well: await reserved(house, 1) };
    const { order_id: orderId } = await ordered(house, reservations.stuck, 1);
    await house.sql(
      `create function not_now() returns trigger language plpgsql as $$ begin raise exception 'not now'; end $$`,
    );
    await house.sql(
      'create trigger not_now before insert on tickets for each row execute function not_now()',
    );
    await house.notify(orderId);
    await finds('runs that try a step again and again', reservations, ['stuck']);
    expect((await runs.of(reservations.stuck).describe()).searchAttributes.RetryingStep).toEqual([
      'fulfilOrder',
    ]);
    await house.sql('drop trigger not_now on tickets');
    await runs.of(reservations.stuck).result();
    await finds('runs that try a step again and again', reservations, []);
    expect((await runs.of(reservations.stuck).describe()).searchAttributes.RetryingStep).toBeUndefined();
  });

  it('find what was ended by hand', async () => {
    const reservations = { ended: await reserved(house, 1), live: await reserved(house, 1) };
    await runs.waiting(reservations.ended);
    await runs.of(reservations.ended).terminate('an operator');
    await finds('runs that were ended by hand', reservations, ['ended']);
  });
});
