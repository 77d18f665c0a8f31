import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { signRotatingToken } from '../../src/tickets/qr-token.ts';
import { type House, openHouse } from '../support/house.ts';
import { sold, type SoldTicket, takeUnused } from '../support/sale.ts';
import { accessibilityProblems } from './support/accessibility.ts';
import { keepScreenshot, openBrowser } from './support/browser.ts';
import { addPiers, type GatePhone, openGatePhone, readStore, untilKept } from './support/gate.ts';

let house: House;
let browser: Browser;
let phone: GatePhone;
let unused: SoldTicket[];
beforeAll(async () => {
  house = await openHouse({ worker: true });
  // No name is looked up outside of the machine: the test of an address without TLS needs one.
  browser = await openBrowser(['--host-resolver-rules=MAP gate.test 127.0.0.1']);
  await addPiers(house);
  unused = (await sold(house, 20)).tickets;
});
afterAll(async () => {
  await browser.close();
  await house.close();
});

beforeEach(async () => {
  phone = await openGatePhone(browser, house);
});
afterEach(async () => {
  expect(phone.strangers).toEqual([]);
  await phone.context.close();
});

const newTicket = () => takeUnused(unused);
const startAt = async (functionLabel: string) => {
  await phone.signIn();
  await phone.choose(functionLabel, 'Pier 1');
  await untilKept(phone);
};
const goOffline = async () => {
  await phone.context.setOffline(true);
  await phone.untilConnection('Offline');
};
const goOnline = async () => {
  await phone.context.setOffline(false);
  await phone.untilConnection(/^Online/);
};
const elsewhere = (ticket: SoldTicket, functionCode = 'ferry') =>
  house.post(
    '/venue/scan',
    {
      qr: ticket.qr_code,
      function_code: functionCode,
      scan_id: `${ticket.ticket_code}-${functionCode}`,
      venue_code: 'pier-2',
    },
    { key: 'gate' },
  );
const redemptionsOf = ({ ticket_code: code }: SoldTicket) =>
  house.sql<{ venue_code: string; scanned_at: Date }>(
    'select venue_code, scanned_at from redemptions where ticket_code = $1',
    [code],
  );
const rotatingCodeOf = ({ ticket_code: code }: SoldTicket, seconds: number) =>
  signRotatingToken(house.config.signingKeys, code, new Date(Date.now() + seconds * 1_000), randomBytes(4));

describe('a server that does not answer', () => {
  it('does not let a code expire that was live when it was shown', async () => {
    await startAt('Ferry');
    await phone.context.route('**/venue/scan', () => undefined);
    expect(await phone.enter(rotatingCodeOf(newTicket(), 3))).toMatch(/^Admitted/);
  });

  it('is not what a proxy says in its place', async () => {
    const ticket = newTicket();
    await startAt('Ferry');
    await phone.context.route('**/venue/*', (route) =>
      route.fulfill({ status: 404, contentType: 'application/json', body: '{"message":"no route matched"}' }),
    );
    expect(await phone.enter(ticket.qr_code)).toMatch(/^Admitted · 1 × Ferry · Offline/);
    await phone.goTo('Gate');
    await phone.page.getByRole('button', { name: 'Connect now' }).click();
    await phone.untilConnection('Offline · 1 to send');
    await phone.context.unroute('**/venue/*');
    await phone.page.getByRole('button', { name: 'Connect now' }).click();
    await phone.page.getByText('Everything is sent.').waitFor();
    expect(await phone.page.getByText('conflict').count()).toBe(0);
    expect(await redemptionsOf(ticket)).toHaveLength(1);
  });
});

describe('what the server has refused', () => {
  it('stays refused when the connection is gone', async () => {
    const [used, other] = [newTicket(), newTicket()];
    const { orderId, tickets } = await sold(house, 1);
    await startAt('Ferry');
    await elsewhere(used);
    await house.post(`/api/ota/orders/${orderId}/cancel`, { reason: 'rain' });
    const codes = [used.qr_code, tickets[0]?.qr_code ?? ''];
    for (const code of codes) await phone.enter(code);
    await phone.page.getByLabel('Redeem').selectOption({ label: 'Tea set' });
    await phone.enter(other.qr_code);
    await goOffline();
    expect(await phone.enter(other.qr_code)).toBe('Not included · This ticket has no Tea set. · Offline');
    await phone.page.getByLabel('Redeem').selectOption({ label: 'Ferry' });
    expect(await phone.enter(codes[0] ?? '')).toBe('Used up · No Ferry left. · Offline');
    expect(await phone.enter(codes[1] ?? '')).toMatch(/^Void/);
    expect(await phone.enter(other.qr_code)).toMatch(/^Admitted/);
  });

  it('of a rotating code that was used, too', async () => {
    const code = rotatingCodeOf(newTicket(), 60);
    await startAt('Playground tokens');
    expect(await phone.enter(code)).toBe('Admitted · 1 × Playground tokens · 9 left');
    await goOffline();
    expect(await phone.enter(code)).toMatch(/^Code used · This code was scanned on this phone/);
  });
});

describe('what is yet to be sent', () => {
  it('waits for a key of its venue, while the phone works at another', async () => {
    const { page } = phone;
    const keyFor = async (venue: string) => {
      const { body } = await house.post(
        '/api/admin/partners/demo-gate/keys',
        { permissions: ['tickets:redeem'], scope: { venue_code: venue } },
        { key: 'admin' },
      );
      return body as { api_key: string; key_id: string };
    };
    const [first, second] = [await keyFor('pier-1'), await keyFor('pier-2')];
    const [admitted, next] = [newTicket(), newTicket()];
    await phone.signIn(first.api_key);
    await phone.choose('Ferry');
    await goOffline();
    await phone.enter(admitted.qr_code);
    await house.delete(`/api/admin/keys/${first.key_id}`, { key: 'admin' });
    await phone.context.setOffline(false);
    await page.getByText('1 admission is yet to be sent').waitFor();

    await phone.signIn(second.api_key);
    expect(await phone.enter(next.qr_code)).toBe('Admitted · 1 × Ferry · None left');
    expect((await redemptionsOf(next))[0]?.venue_code).toBe('pier-2');
    await phone.goTo('Gate');
    await page.getByText('1 was admitted at another venue').waitFor();
    await keepScreenshot(page, 'gate-other-venue');
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();

    await phone.signIn((await keyFor('pier-1')).api_key);
    await phone.choose('Ferry');
    await phone.untilConnection(/^Online$/);
    expect((await redemptionsOf(admitted))[0]?.venue_code).toBe('pier-1');
  });

  it('is counted down while it is sent', async () => {
    await startAt('Ferry');
    await goOffline();
    for (const ticket of [newTicket(), newTicket()]) await phone.enter(ticket.qr_code);
    let send = (): void => undefined;
    const maySend = new Promise<void>((resolve) => (send = resolve));
    let asked = 0;
    await phone.context.route('**/venue/scan', async (route) => {
      asked += 1;
      if (asked === 2) await maySend;
      await route.continue();
    });
    await phone.context.setOffline(false);
    await phone.untilConnection('Online · 1 to send');
    send();
    await phone.untilConnection(/^Online$/);
  });

  it('counts against what the server tells, and keeps its own time', async () => {
    const { page } = phone;
    const ticket = newTicket();
    await startAt('Playground tokens');
    await goOffline();
    await phone.enter(ticket.qr_code);
    await goOnline();
    await phone.untilConnection(/^Online$/);
    await goOffline();
    for (const left of [8, 7]) expect(await phone.enter(ticket.qr_code)).toContain(`${left} left`);
    const scans = (await readStore(page, 'unsent')) as { scannedAt: number }[];
    let asked = 0;
    await phone.context.route('**/venue/scan', async (route) => {
      asked += 1;
      await (asked === 1 ? route.continue() : route.abort());
    });
    await phone.context.setOffline(false);
    await phone.untilConnection('Offline · 1 to send');
    const [memory] = (await readStore(page, 'memories')) as { admittedAt: Record<string, number> }[];
    expect(scans.map(({ scannedAt }) => scannedAt)).toContain(memory?.admittedAt.playground_tokens);
    await phone.context.setOffline(true);
    expect(await phone.enter(ticket.qr_code)).toContain('6 left');
  });
});

describe('a phone whose clock is wrong', () => {
  it('goes by the server’s, also after it was opened again', async () => {
    const [ticket, other] = [newTicket(), newTicket()];
    await phone.context.addInitScript(clockAhead, 30 * 86_400_000);
    await phone.page.reload();
    await startAt('Ferry');
    await goOffline();
    expect(await phone.enter(rotatingCodeOf(ticket, 30))).toMatch(/^Admitted/);
    expect(await phone.enter(rotatingCodeOf(other, -2))).toMatch(/^Code expired/);
    await phone.page.reload();
    await phone.untilConnection('Offline · 1 to send');
    expect(await phone.enter(ticket.qr_code)).toMatch(/^Used here/);
    await goOnline();
    await phone.untilConnection(/^Online$/);
    const [kept] = await redemptionsOf(ticket);
    expect(Math.abs((kept?.scanned_at.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  });
});

/** What a page sees of a phone whose clock is ahead. */
function clockAhead(milliseconds: number): void {
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...given: ConstructorParameters<DateConstructor> | []) {
      super(...((given.length === 0 ? [Right.now() + milliseconds] : given) as [number]));
    }
    static override now = () => Right.now() + milliseconds;
  } as DateConstructor;
}

/** What a browser does where a phone has no room left. */
const fullPhone = `IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };`;

describe('a phone that keeps nothing', () => {
  it('begins anew when its storage is cleared while the page is open', async () => {
    await startAt('Ferry');
    const session = await phone.context.newCDPSession(phone.page);
    await session.send('Storage.clearDataForOrigin', { origin: house.url, storageTypes: 'all' });
    await phone.page.getByLabel('Key of this gate').waitFor();
  });

  it('admits nobody without a connection, and says why', async () => {
    const ticket = newTicket();
    await startAt('Ferry');
    await goOffline();
    await phone.page.evaluate(fullPhone);
    expect(await phone.enter(ticket.qr_code)).toMatch(/^Cannot tell · This phone cannot keep what it admits/);
    await phone.page.reload();
    expect(await phone.enter(ticket.qr_code)).toMatch(/^Admitted/);
    await goOnline();
    await phone.untilConnection(/^Online$/);
  });

  it('is told to be opened over TLS', async () => {
    await phone.page.goto(`${house.url.replace('127.0.0.1', 'gate.test')}/gate`);
    await phone.page.getByText('This page cannot work here. It has to be opened by an address').waitFor();
    await keepScreenshot(phone.page, 'gate-without-tls');
    expect(await accessibilityProblems(phone.page)).toEqual([]);
    phone.strangers.length = 0;
  });
});

it('leaves all accounts in agreement', async () => {
  expect(await house.disagreements()).toEqual([]);
});
