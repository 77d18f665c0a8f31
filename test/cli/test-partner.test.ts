import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allotment } from '../support/command-line.ts';
import { type House, openHouse } from '../support/house.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const run = (...args: string[]) => allotment(args, { DATABASE_URL: house.config.databaseUrl });

describe('allotment partners create --test', () => {
  it('makes a partner whose keys and pools are of the sandbox', async () => {
    const made = await run('partners', 'create', 'trial', '--name', 'Trial', '--test', '--json');
    expect([made.code, JSON.parse(made.out)]).toEqual([
      0,
      expect.objectContaining({ partner_id: 'trial', channel: 'test-trial', mode: 'test' }),
    ]);
    expect((await run('partners', 'list')).out).toMatch(/^trial +Trial +test-trial +test +active /m);
    const key = await run('keys', 'create', '--partner', 'trial', '--permission', 'inventory:read', '--json');
    const { api_key: apiKey } = JSON.parse(key.out) as { api_key: string };
    expect(apiKey).toMatch(/^alt_test_/);
    const { body } = await house.get('/api/ota/inventory', { key: null, headers: { 'X-API-Key': apiKey } });
    expect(body.available_quantities).toEqual({ 106: 1000, 107: 1000, 108: 1000 });
    expect(await house.disagreements()).toEqual([]);
  });

  it('refuses an id that is taken, a channel beside it, and an id too long for a channel', async () => {
    const create = (...args: string[]) => run('partners', 'create', ...args, '--name', 'Trial', '--test');
    expect(await create('trial')).toMatchObject({ code: 1, err: expect.stringContaining('already') });
    expect(await create('other', '--channel', 'ota')).toMatchObject({ code: 2 });
    expect(await create('x'.repeat(36))).toMatchObject({
      code: 1,
      err: expect.stringContaining('at most 35'),
    });
    expect(await create('Trial Two')).toMatchObject({ code: 1, err: expect.stringContaining('partner_id') });
  });
});
