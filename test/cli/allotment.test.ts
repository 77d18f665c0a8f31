import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { commandLine } from '../../src/cli/command-line.ts';
import { allotment, type Ran } from '../support/command-line.ts';
import { type House, openHouse } from '../support/house.ts';
import { breakdown, customer, ordered, reserved, SATURDAY } from '../support/sale.ts';

// Each command is a process of its own, a second or two on a busy machine.
jest.setTimeout(90_000);

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const run = (...args: string[]): Promise<Ran> => allotment(args, { DATABASE_URL: house.config.databaseUrl });
const json = async (...args: string[]) => {
  const { code, out, err } = await run(...args, '--json');
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
  return JSON.parse(out);
};
const commands = [
  'partners list|create|set|suspend|resume|payment-secret',
  'keys list|create|rotate|expire|revoke',
  'products list|create|set|set-function',
  'prices show|set',
  'special-dates add|remove',
  'add-ons add|remove',
  'channels show|move|set',
  'cut-off list|add|remove',
  'venues list|add|remove',
  'customers erase',
  'payments list|accept|refund',
  'refunds list|settle',
].flatMap((line) => {
  const [noun = '', verbs = ''] = line.split(' ');
  return verbs.split('|').map((verb) => [noun, verb]);
});

describe('allotment --help', () => {
  it('names every noun and the exit codes', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const noun of new Set(commands.map(([name]) => name ?? ''))) expect(out).toContain(`  ${noun} `);
    for (const word of ['migrate', 'verify', 'signing-keys', 'Exit codes']) expect(out).toContain(word);
  });

  const helpOf = (command: Command): string => {
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    return text;
  };
  const withAllBelow = (command: Command, path: string): [path: string, Command][] => [
    [path, command],
    ...command.commands.flatMap((one) => withAllBelow(one, `${path} ${one.name()}`)),
  ];

  it('is there for every command, with an example that begins with it and options that it has', () => {
    const program = commandLine();
    const described = program.commands.flatMap((noun) =>
      noun.commands.map((verb) => [noun.name(), verb.name()]),
    );
    expect(described).toEqual(expect.arrayContaining(commands));
    for (const [path, command] of withAllBelow(program, 'allotment')) {
      const [help = '', examples = ''] = helpOf(command).split(/^Examples?:$/m);
      expect([path, examples.includes(`  ${path}`) || examples.includes(`$(${path}`)]).toEqual([path, true]);
      for (const option of examples
        .split('\n')
        .filter((line) => line.includes(path))
        .join(' ')
        .match(/ --[a-z-]+/g) ?? []) {
        const known = withAllBelow(command, '').some(([, one]) => helpOf(one).includes(option));
        expect([path, option, known]).toEqual([path, option, true]);
      }
      expect([path, help.includes('--help')]).toEqual([path, true]);
    }
  });

  it('names --json for every command that does something, and --database for each on the database', () => {
    for (const [path, command] of withAllBelow(commandLine(), 'allotment')) {
      if (command.commands.length > 0) continue;
      const options = path.endsWith('signing-keys') ? ['--json'] : ['--json', '--database'];
      for (const option of options) {
        expect([path, option, helpOf(command).includes(option)]).toEqual([path, option, true]);
      }
    }
  });

  it('is printed where it is asked for', async () => {
    const { code, out } = await run('channels', 'move', '--help');
    expect(code).toBe(0);
    expect(out).toContain('allotment channels move --product 106 --from ota --to direct --units 100');
  });
});

describe('allotment', () => {
  it('exits with 2 where it does not understand', async () => {
    for (const args of [
      ['nonsense'],
      ['channels', 'move', '--product', '106'],
      ['channels', 'set', '--product', '106'],
      ['partners', 'create', 'nowhere', '--name', 'Nowhere'],
      ['partners', 'list', '--unknown'],
    ]) {
      const { code, out, err } = await run(...args);
      expect([args, code, out]).toEqual([args, 2, '']);
      expect(err).not.toBe('');
    }
  });

  it('says that no database is named, or uses that of the running stack and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'allotment-cli-'));
    const env = { ALLOTMENT_DATA: folder };
    const none = await allotment(['partners', 'list'], env);
    expect([none.code, none.out]).toEqual([2, '']);
    for (const hint of ['npm start', 'DATABASE_URL', '--database']) expect(none.err).toContain(hint);
    const file = join(folder, 'dev.json');
    writeFileSync(file, JSON.stringify({ database_url: house.config.databaseUrl }));
    const found = await allotment(['partners', 'list'], env);
    expect([found.code, found.out.includes('demo-ota')]).toEqual([0, true]);
    expect(found.err).toContain(file);
  });

  it('exits with 1 where the database is away', async () => {
    const { code, err } = await run('partners', 'list', '--database', 'postgresql://x:y@127.0.0.1:1/z');
    expect(code).toBe(1);
    expect(err).toBe(
      'The database does not answer (connect ECONNREFUSED 127.0.0.1:1). Is it running? `npm start` starts the stack of this folder.\n',
    );
  });

  it('exits with 1 where the database was not migrated, and says how to', async () => {
    const url = new URL(house.config.databaseUrl);
    url.pathname = '/postgres';
    const { code, out, err } = await run('partners', 'list', '--database', url.href);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('`allotment migrate`');
  });

  it('takes --database before DATABASE_URL', async () => {
    const args = ['partners', 'list', '--database', house.config.databaseUrl, '--json'];
    const { code } = await allotment(args, { DATABASE_URL: 'postgresql://x:y@127.0.0.1:1/z' });
    expect(code).toBe(0);
  });
});

describe('allotment channels', () => {
  it('moves units as in the manual, with `cli` in the audit log', async () => {
    const args = ['--product', '106', '--from', 'ota', '--to', 'direct', '--units', '100'];
    const { code, out } = await run('channels', 'move', ...args);
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['Moved 100 units of product 106.'],
      ['channel', 'allocated', 'reserved', 'sold', 'free'],
      ['ota', '1900', '0', '0', '1900'],
      ['direct', '1100', '0', '0', '1100'],
      [''],
    ]);
    const rows = await house.sql(`select actor, key_id, subject, request_id from audit_log
                                   where action = 'move_allocation'`);
    expect(rows).toEqual([
      {
        actor: 'cli',
        key_id: null,
        subject: '106: 100 from ota to direct',
        request_id: expect.stringMatching(/^cli-/),
      },
    ]);
  });

  it('exits with 1 and the numbers where the units are not free', async () => {
    await reserved(house, 1_800, 106);
    const { code, out, err } = await run(
      ...['channels', 'move', '--product', '106', '--from', 'ota', '--to', 'direct', '--units', '101'],
    );
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      'Product 106 has 1900 units allocated to channel ota: 1800 reserved, 0 sold, 100 free; 101 were to be moved.\n',
    );
  });

  it('names each bad field', async () => {
    const { code, err } = await run(
      ...['channels', 'move', '--product', 'x', '--from', 'OTA', '--to', 'direct', '--units', '0'],
    );
    expect(code).toBe(1);
    for (const field of ['product_id', 'from', 'units'])
      expect(err).toMatch(new RegExp(`^  ${field}: `, 'm'));
  });

  it('shows and sets caps and allocations', async () => {
    const after = await json(
      ...['channels', 'set', '--product', '107', '--cap', '2600', '--allocate', 'ota-x=50,direct=1010'],
    );
    expect(after).toMatchObject({ sellable_cap: 2600, unallocated: 40 });
    expect(await json('channels', 'show', '--product', '107')).toEqual([after]);
    const { out } = await run('channels', 'show');
    expect(out).toMatch(/^107 +2600 +ota-x +50 +0 +0 +50$/m);
    const over = await run('channels', 'set', '--product', '107', '--cap', '2000');
    expect([over.code, over.err]).toEqual([
      1,
      'Product 107 would have 2560 units allocated (ota 1500, ota-x 50, direct 1010) with a sellable cap of 2000.\n',
    ]);
  });

  it('adds, lists and removes cut-off rules', async () => {
    const rule = await json(
      ...['cut-off', 'add', '--product', '106', '--channel', 'ota'],
      ...['--date', '2031-12-24', '--days-before', '7', '--keep', '20'],
    );
    expect(rule).toMatchObject({ cut_off_date: '2031-12-24', days_before: 7, keep: 20, applied_at: null });
    expect(await json('cut-off', 'list')).toEqual([rule]);
    expect((await run('cut-off', 'remove', rule.rule_id)).code).toBe(0);
    expect((await run('cut-off', 'list')).out).toBe('None.\n');
    expect((await run('cut-off', 'remove', 'x')).code).toBe(1);
    const past = await run(
      ...['cut-off', 'add', '--product', '106', '--channel', 'ota'],
      ...['--date', '2020-12-24', '--days-before', '7'],
    );
    expect([past.code, past.err.includes('cut_off_date')]).toEqual([1, true]);
  });
});

describe('allotment partners and keys', () => {
  it('makes a partner, gives it a key once, rotates, expires and revokes', async () => {
    expect(
      await json('partners', 'create', 'klook', '--name', 'Klook', '--channel', 'ota-klook'),
    ).toMatchObject({ partner_id: 'klook', channel: 'ota-klook', status: 'active' });
    const plain = await run(
      'keys',
      'create',
      '--partner',
      'klook',
      '--permission',
      'inventory:read,tickets:read',
    );
    const secret = plain.out.trim();
    expect(secret).toMatch(/^alt_live_\w{49}$/);
    expect(plain.err).toContain('shown this once');
    const ask = async (key: string) =>
      (await house.get('/api/ota/inventory', { key: null, headers: { 'X-API-Key': key } })).status;
    expect(await ask(secret)).toBe(200);

    const [key] = await json('keys', 'list', '--partner', 'klook');
    expect(key).toMatchObject({ permissions: ['inventory:read', 'tickets:read'], status: 'live' });
    expect(JSON.stringify(await json('keys', 'list'))).not.toContain(secret);
    const next = await json('keys', 'rotate', key.key_id, '--grace', '3600');
    expect([await ask(secret), await ask(next.api_key)]).toEqual([200, 200]);
    expect((await run('keys', 'rotate', key.key_id)).err).toContain('was replaced by key');
    await json('keys', 'expire', next.key_id, '--at', '2031-01-01T00:00:00Z');
    expect((await json('keys', 'revoke', next.key_id)).status).toBe('revoked');
    expect([await ask(secret), await ask(next.api_key)]).toEqual([200, 401]);

    await json('partners', 'suspend', 'klook');
    expect(await ask(secret)).toBe(403);
    expect((await json('partners', 'resume', 'klook')).status).toBe('active');
    expect(await ask(secret)).toBe(200);
  });

  it('changes what is typed, and nothing else', async () => {
    const before = await json('partners', 'set', 'klook', '--name', 'Klook Travel', '--per-minute', '300');
    expect(before).toMatchObject({ name: 'Klook Travel', channel: 'ota-klook', per_minute: 300 });
    const after = await json('partners', 'set', 'klook', '--per-minute', 'usual');
    expect(after).toEqual({ ...before, per_minute: null });
    expect((await run('partners', 'set', 'klook')).code).toBe(2);
    expect((await run('partners', 'set', 'klook', '--per-minute', 'many')).err).toContain('per_minute');
    expect((await run('partners', 'set', 'nobody', '--name', 'x')).err).toBe('There is no partner nobody.\n');
  });

  it('shows a payment secret once, alone on standard output, and ends all', async () => {
    const first = await run('partners', 'payment-secret', 'rotate', 'klook');
    expect(first.out).toMatch(/^whsec_[\w+/]{43}=\n$/);
    expect(first.err).toContain('shown this once');
    expect(await json('partners', 'payment-secret', 'rotate', 'klook')).toMatchObject({ live_secrets: 2 });
    expect((await run('partners', 'list')).out).not.toContain('whsec_');
    expect(await json('partners', 'payment-secret', 'end', 'klook')).toEqual({
      partner_id: 'klook',
      live_secrets: 0,
    });
    const unknown = await run('partners', 'payment-secret', 'end', 'nobody');
    expect([unknown.code, unknown.err]).toEqual([1, 'There is no partner nobody.\n']);
    expect((await run('partners', 'payment-secret')).code).toBe(2);
  });

  it('names what is wrong with a key', async () => {
    const { code, err } = await run('keys', 'create', '--partner', 'klook', '--permission', 'all');
    expect(code).toBe(1);
    expect(err).toContain('permissions.0');
    const nonsense = await run(
      ...['keys', 'create', '--partner', 'klook', '--permission', 'inventory:read'],
      ...['--expires', 'nonsense'],
    );
    expect(nonsense.code).toBe(1);
    expect(nonsense.err.match(/expires_at.*/g)).toEqual([expect.stringContaining('RFC 3339')]);
    expect((await run('keys', 'create', '--partner', 'nobody', '--permission', 'admin')).err).toBe(
      'There is no partner nobody.\n',
    );
  });

  it('limits a gate to a venue', async () => {
    await json('venues', 'add', 'pier-1', '--name', 'Pier 1');
    const key = await json(
      ...['keys', 'create', '--partner', 'demo-gate', '--permission', 'tickets:redeem'],
      ...['--venue', 'pier-1', '--label', 'East gate'],
    );
    expect(key).toMatchObject({ scope: { venue_code: 'pier-1' }, label: 'East gate' });
    const used = await run('venues', 'remove', 'pier-1');
    expect([used.code, used.err.includes(key.key_id)]).toEqual([1, true]);
    await json('keys', 'revoke', key.key_id);
    expect((await run('venues', 'list')).out).toMatch(/^pier-1 +Pier 1$/m);
    expect((await run('venues', 'remove', 'pier-1')).code).toBe(0);
  });
});

describe('allotment products and prices', () => {
  const night = {
    product_id: 109,
    name: 'Night Plan',
    sellable_cap: 500,
    allocations: { direct: 300, ota: 200 },
    functions: [{ function_code: 'ferry', label: 'Ferry', quantity: 1 }],
    prices: {
      unit_prices: {
        adult: { weekday: 20000, weekend: 22000 },
        child: { weekday: 10000, weekend: 10000 },
        elderly: { weekday: 10000, weekend: 10000 },
      },
    },
  };

  it('puts a product on sale and changes its prices', async () => {
    const made = await allotment(
      ['products', 'create', '-', '--json'],
      { DATABASE_URL: house.config.databaseUrl },
      JSON.stringify(night),
    );
    expect([made.code, made.err]).toEqual([0, '']);
    const priced = await json('prices', 'set', '--product', '109', '--adult', '210.50/230', '--child', '99');
    expect(priced.unit_prices).toEqual({
      adult: { weekday: 21050, weekend: 23000 },
      child: { weekday: 9900, weekend: 9900 },
      elderly: { weekday: 10000, weekend: 10000 },
    });
    await json('special-dates', 'add', '--product', '109', '--date', '2030-06-15', '--multiplier', '1.5');
    await json(
      ...['add-ons', 'add', '--product', '109', '--addon', 'lamp', '--label', 'A lamp'],
      ...['--price', '35', '--entitlement', 'lamp=1'],
    );
    const { body } = await house.post(
      '/pricing/calculate',
      {
        product_id: 109,
        visit_date: SATURDAY,
        customer_breakdown: breakdown(1),
        addons: [{ addon_id: 'lamp', quantity: 1 }],
      },
      { key: null },
    );
    expect(body.total.amount).toBe(31575 + 3500);
    expect((await run('prices', 'show', '--product', '109')).out).toMatch(/^adult +210\.50 +230\.00$/m);
    await json('special-dates', 'remove', '--product', '109', '--date', '2030-06-15');
    await json('add-ons', 'remove', '--product', '109', '--addon', 'lamp');
    expect((await run('add-ons', 'remove', '--product', '109', '--addon', 'lamp')).code).toBe(1);
    expect((await run('prices', 'set', '--product', '109', '--adult', '1.234')).err).toContain(
      'unit_prices.adult.weekday',
    );
    const lamp = ['products', 'set-function', '--product', '109', '--function', 'lamp'];
    expect((await run(...lamp)).err).toContain('  label: is required');
    await json(...lamp, '--label', 'A lamp', '--quantity', '2');
    expect((await json(...lamp, '--remove')).functions).toContainEqual({
      function_code: 'lamp',
      label: 'A lamp',
      quantity: 2,
      active: false,
    });
    expect((await json('products', 'set', '--product', '109', '--off-sale')).active).toBe(false);
    expect((await run('products', 'list')).out).toMatch(/^109 +Night Plan +false +ferry×1$/m);
  });
});

describe('allotment customers, payments and refunds', () => {
  it('erases personal data', async () => {
    const { order_id: orderId } = await ordered(house, await reserved(house, 1, 107), 1);
    expect(await json('customers', 'erase', '--order', orderId)).toEqual({ orders_erased: 1 });
    expect((await house.get(`/api/ota/orders/${orderId}`)).body.customer_details).toBeNull();
    expect((await run('customers', 'erase')).code).toBe(2);
    expect((await run('customers', 'erase', '--order', orderId, '--email', 'a@b.de')).code).toBe(2);
    expect((await run('customers', 'erase', '--email', customer.email)).out).toBe(
      'Personal data erased from 0 orders.\n',
    );
  });

  it('decides on payments and settles refunds', async () => {
    const { order_id: orderId } = await ordered(house, await reserved(house, 2, 107), 2);
    await house.notify(orderId, { reference: `p-${randomUUID()}`, amount: 1, currency: 'HKD' });
    const [payment] = await json('payments', 'list', '--verdict', 'review');
    expect(payment.order_id).toBe(orderId);
    expect((await run('payments', 'refund', payment.payment_id)).code).toBe(2);
    await json('payments', 'refund', payment.payment_id, '--reason', 'wrong amount');
    expect((await run('payments', 'accept', payment.payment_id)).err).toContain('refund_due');
    const [refund] = await json('refunds', 'list', '--status', 'due');
    expect(refund).toMatchObject({ payment_id: payment.payment_id, amount: { amount: 1 } });
    expect((await json('refunds', 'settle', refund.refund_id)).status).toBe('settled');
    expect((await run('payments', 'list', '--verdict', 'nonsense')).err).toContain('verdict');
  });
});

describe('allotment signing-keys', () => {
  it('writes a key set once, for its owner only, and overwrites none', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'allotment-cli-')), 'keys.json');
    expect((await run('signing-keys', file)).code).toBe(0);
    const written = readFileSync(file, 'utf8');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await run('signing-keys', file);
    expect([again.code, again.out]).toEqual([1, '']);
    expect(again.err).toContain('never overwritten');
    expect(readFileSync(file, 'utf8')).toBe(written);
  });
});

describe('allotment verify and migrate', () => {
  it('find a sound, current database, and tell their progress beside the result', async () => {
    const verified = await run('verify');
    expect([verified.code, verified.out]).toEqual([0, 'All accounts agree.\n']);
    expect(verified.err).toContain('Checking: counters equal the ledger …');
    expect(await json('migrate')).toEqual({ migrations_run: 0, seeded: false });
  });

  it('exits with 1 where accounts disagree', async () => {
    await house.sql(`insert into inventory_ledger (product_id, channel, delta_allocated, reason)
                     values (106, 'ota', 1, 'test')`);
    const { code, out } = await run('verify');
    expect(code).toBe(1);
    expect(out).toContain('106/ota');
    await house.sql(`insert into inventory_ledger (product_id, channel, delta_allocated, reason)
                     values (106, 'ota', -1, 'test')`);
    expect(await house.disagreements()).toEqual([]);
  });
});
