import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { eventually, type House, openHouse } from '../support/house.ts';
import { ordered, reserved, sold } from '../support/sale.ts';
import { openBrowser } from './support/browser.ts';
import { layCable } from './support/cable.ts';
import { type Desk, openDesk } from './support/dashboard.ts';

let house: House;
let browser: Browser;
let desk: Desk;
beforeAll(async () => {
  house = await openHouse({ worker: true, env: { TEMPORAL_UI_URL: 'http://temporal.example' } });
  browser = await openBrowser();
  desk = await openDesk(browser, house);
});
afterAll(async () => {
  await browser.close();
  await house.close();
});

// What one test leaves open is nothing that the next one has to fail for.
afterEach(async () => {
  if ((await desk.page.getByRole('dialog').count()) > 0) await desk.page.keyboard.press('Escape');
});

const statusOf = async (table: string, idColumn: string, statusColumn: string, id: string) =>
  (
    await house.sql<{ status: string }>(
      `select ${statusColumn} as status from ${table} where ${idColumn} = $1`,
      [id],
    )
  )[0]?.status;
const holdStatus = (id: string) => statusOf('channel_reservations', 'reservation_id', 'status', id);
/** An order for which another amount has come than it costs. */
const underpaid = async () => {
  const reservationId = await reserved(house, 1);
  const { order_id: orderId } = await ordered(house, reservationId, 1);
  const reference = `short-${orderId}`;
  await house.notify(orderId, { amount: 30_000, currency: 'HKD', reference });
  const [payment] = await house.sql<{ payment_id: string }>(
    'select payment_id from payments where order_id = $1',
    [orderId],
  );
  return { reservationId, orderId, reference, paymentId: payment?.payment_id ?? '' };
};
/** Holds end in 24 hours; those that end within minutes stand first. */
const endingHold = async (minutes: number, reference: string) => {
  const { body } = await house.post('/api/ota/reserve', {
    product_id: 107,
    quantity: 2,
    reference,
    reservation_expires_at: new Date(Date.now() + minutes * 60_000).toISOString(),
  });
  return body.reservation_id as string;
};

describe('signing in', () => {
  it('says what is wrong with a key, and lets nobody in', async () => {
    const { page } = desk;
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter a key with the permission admin.').waitFor();
    await desk.signIn('alt_live_nonsense');
    await page.getByText('This API key is unknown, expired or revoked.').waitFor();
    await desk.signIn(house.keys.ota);
    await page.getByText('This key lacks the permission admin.').waitFor();
    expect(await desk.context.cookies()).toEqual([]);
  });

  it('takes the key once, and keeps it nowhere', async () => {
    const { page, context } = desk;
    await desk.signIn();
    await page.getByText('Demo operator').waitFor();
    await desk.section('Pools').waitFor();
    const [cookie] = await context.cookies(`${house.url}/api/admin/overview`);
    expect(cookie).toMatchObject({ name: 'allotment_operator', httpOnly: true, sameSite: 'Strict' });
    expect(cookie?.value).not.toContain(house.keys.admin);
    const kept = await page.evaluate<string>(everythingKept);
    expect(kept).toContain('Premium Plan');
    expect(kept).not.toContain(house.keys.admin.slice(9, 30));
  });

  it('lasts over a reload, and in another tab', async () => {
    const { page, context } = desk;
    await page.reload();
    await desk.section('Pools').waitFor();
    const other = await context.newPage();
    await other.goto('/dashboard');
    await other.getByRole('heading', { name: 'Pools' }).waitFor();
    await other.close();
  });
});

/** All that a script of the page can read, of storage and of what is shown. */
const everythingKept = `(async () => {
  const databases = await indexedDB.databases();
  return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, databases, await caches.keys(), document.cookie,
    location.href, document.documentElement.outerHTML, [...document.querySelectorAll('input')].map((one) => one.value)]);
})()`;

describe('the overview', () => {
  it('moves within two seconds of a sale through the API, in the best of three', async () => {
    const { page } = desk;
    await page.getByRole('banner').getByText('Live', { exact: true }).waitFor();
    const took: number[] = [];
    for (let sale = 0; sale < 3; sale += 1) {
      const reservedBefore = Number((await desk.pool('Premium Plan', 'ota'))[1]);
      await reserved(house, 3);
      const at = Date.now();
      await eventually('the hold in its pool', async () => {
        const [, reservedNow] = await desk.pool('Premium Plan', 'ota');
        return Number(reservedNow) === reservedBefore + 3;
      });
      took.push(Date.now() - at);
    }
    expect(Math.min(...took)).toBeLessThan(2_000);
  });

  it('tells in numbers what the bars show, and agrees with the inventory', async () => {
    await sold(house, 2);
    const { body } = await house.get('/api/admin/inventory', { key: 'admin' });
    const premium = body.items.find(({ product_id: id }: { product_id: number }) => id === 106);
    const ota = premium.channels.find(({ channel }: { channel: string }) => channel === 'ota');
    const expected = [ota.sold, ota.reserved, ota.free, ota.allocated].map((units: number) =>
      units.toLocaleString('en'),
    );
    await eventually('the sale in its pool', async () => {
      const shown = await desk.pool('Premium Plan', 'ota');
      return shown.join() === expected.join();
    });
  });

  it('adds up the sales of the day, as a picture with words and as a table', async () => {
    const sales = desk.section('Sales, last 24 hours');
    const told = '2 units in 1 order, HKD 636.00';
    await sales.getByText(told).waitFor();
    expect(await sales.getByRole('img').getAttribute('aria-label')).toContain(told);
    await sales.getByText('The same as a table').click();
    const row = await sales.getByRole('table').locator('tbody tr').allInnerTexts();
    expect(row.map((text) => text.split('\t').slice(1))).toEqual([['1', '2', 'HKD 636.00']]);
  });

  it('says when the connection is lost, and is back by itself', async () => {
    const cable = await layCable(house.url);
    const other = await openDesk(browser, { ...house, url: cable.url });
    await other.signIn();
    const banner = other.page.getByRole('banner');
    await banner.getByText('Live', { exact: true }).waitFor();
    cable.pull();
    await banner.getByText('Reconnecting').waitFor();
    const [, reservedBefore] = await other.pool('Premium Plan', 'ota');
    await reserved(house, 1);
    cable.plug();
    await banner.getByText('Live', { exact: true }).waitFor();
    await eventually('what was sold meanwhile', async () => {
      const [, reservedNow] = await other.pool('Premium Plan', 'ota');
      return Number(reservedNow) === Number(reservedBefore) + 1;
    });
    await other.context.close();
    await cable.close();
  });
});

describe('holds that end next', () => {
  it('are shown with what is left of them, the first to end first', async () => {
    await endingHold(12, 'GRP-B');
    await endingHold(6, 'GRP-A');
    const holds = desk.section('Holds that end next');
    const first = holds.getByRole('listitem').first();
    await first.getByText('GRP-A').waitFor();
    expect(await first.getByRole('timer').innerText()).toMatch(/^5 min \d\d s$/);
    const before = await first.getByRole('timer').innerText();
    await eventually('a second less', async () => (await first.getByRole('timer').innerText()) !== before);
  });

  it('are released when that is confirmed, and not before', async () => {
    const { page } = desk;
    const id = await endingHold(5, 'GRP-RELEASE');
    const button = page.getByRole('button', { name: 'Release hold GRP-RELEASE' });
    await button.click();
    const dialog = page.getByRole('dialog', { name: 'Release this hold?' });
    expect(await dialog.innerText()).toMatch(/demo-ota loses the hold on 2 units\..*channel ota at once/s);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe(
      'Release hold GRP-RELEASE',
    );
    expect(await holdStatus(id)).toBe('held');

    await button.click();
    await desk.confirm('Release the hold');
    await desk.untilDone(`Hold ${id} is released.`);
    expect(await holdStatus(id)).toBe('released');
    await button.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Holds that end next');
  });

  it('are extended by so many hours', async () => {
    const { page } = desk;
    const id = await endingHold(4, 'GRP-EXTEND');
    const endOf = async () =>
      (
        await house.sql<{ expires_at: Date }>(
          'select expires_at from channel_reservations where reservation_id = $1',
          [id],
        )
      )[0]?.expires_at.getTime() ?? 0;
    const before = await endOf();
    await page.getByRole('button', { name: 'Extend hold GRP-EXTEND' }).click();
    const hours = page.getByRole('dialog').getByRole('spinbutton');
    await hours.fill('0');
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Extend the hold' });
    expect(await confirm.isDisabled()).toBe(true);
    await hours.fill('3');
    await desk.confirm('Extend the hold');
    await desk.untilDone(/is extended by 3 h/);
    expect(await endOf()).toBe(before + 3 * 3_600_000);
  });

  it('say in words why an action was refused', async () => {
    const { page } = desk;
    const id = await endingHold(3, 'GRP-GONE');
    await page.getByRole('button', { name: 'Extend hold GRP-GONE' }).click();
    await house.delete(`/api/ota/reservations/${id}`);
    await desk.confirm('Extend the hold');
    await page
      .getByRole('dialog')
      .getByText(/released/)
      .waitFor();
    await desk.confirm('Cancel');
    expect(await holdStatus(id)).toBe('released');
  });
});

describe('cases that need a hand', () => {
  it('are accepted: the order is paid and gets its tickets', async () => {
    const { page } = desk;
    const { paymentId, orderId } = await underpaid();
    await page.getByRole('button', { name: `Accept payment ${paymentId}` }).click();
    expect(await page.getByRole('dialog').innerText()).toContain('HKD 300.00');
    await desk.confirm('Accept the payment');
    await desk.untilDone(`Payment ${paymentId} is accepted.`);
    await eventually(
      'tickets',
      async () => (await statusOf('orders', 'order_id', 'status', orderId)) === 'fulfilled',
    );
    await page.getByRole('button', { name: `Accept payment ${paymentId}` }).waitFor({ state: 'detached' });
  });

  it('are refunded with a reason, and the refund is settled', async () => {
    const { page } = desk;
    const { paymentId, orderId } = await underpaid();
    await page.getByRole('button', { name: `Refund payment ${paymentId}` }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Record the refund' });
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByRole('dialog').getByRole('textbox').fill('paid too little');
    await desk.confirm('Record the refund');
    await desk.untilDone(`The refund of payment ${paymentId} is recorded.`);
    const [refund] = await house.sql<{ refund_id: string; reason: string; status: string }>(
      'select refund_id, reason, status from refunds where order_id = $1',
      [orderId],
    );
    expect(refund).toMatchObject({ reason: 'paid too little', status: 'due' });

    const settle = page.getByRole('button', { name: `Settle refund ${refund?.refund_id}` });
    await settle.click();
    await desk.confirm('The money has gone back');
    await desk.untilDone(`Refund ${refund?.refund_id} is settled.`);
    await settle.waitFor({ state: 'detached' });
    expect(await statusOf('refunds', 'refund_id', 'status', refund?.refund_id ?? '')).toBe('settled');
  });
});

describe('units between channels', () => {
  const allocated = async () =>
    Object.fromEntries(
      (await house.get('/api/admin/inventory', { key: 'admin' })).body.items
        .find(({ product_id: id }: { product_id: number }) => id === 108)
        .channels.map(({ channel, allocated: units }: { channel: string; allocated: number }) => [
          channel,
          units,
        ]),
    );

  it('are moved as it was said', async () => {
    const { page } = desk;
    const before = await allocated();
    await page.getByRole('button', { name: 'Move units of Deluxe Tea Set' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'From' }).selectOption('ota');
    await dialog.getByRole('combobox', { name: 'To' }).selectOption('direct');
    await dialog.getByRole('spinbutton', { name: 'Units' }).fill('100');
    await dialog.getByText('Available in ota: 1,500 → 1,400. Available in direct: 1,000 → 1,100.').waitFor();
    await desk.confirm('Move 100 from ota to direct');
    await desk.untilDone('100 units of product 108 moved from ota to direct.');
    expect(await allocated()).toEqual({ ...before, ota: before.ota - 100, direct: before.direct + 100 });
    await eventually('the new pools', async () => (await desk.pool('Deluxe Tea Set', 'ota'))[3] === '1,400');
  });

  it('are moved once, also when the answer was lost and it was tried again', async () => {
    const { page, context } = desk;
    const before = await allocated();
    let lost = 0;
    await context.route('**/api/admin/channels/move', async (route) => {
      if (lost > 0) return route.continue();
      lost += 1;
      await route.fetch();
      await route.abort();
    });
    await page.getByRole('button', { name: 'Move units of Deluxe Tea Set' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'From' }).selectOption('ota');
    await dialog.getByRole('combobox', { name: 'To' }).selectOption('direct');
    await dialog.getByRole('spinbutton', { name: 'Units' }).fill('7');
    await desk.confirm('Move 7 from ota to direct');
    await dialog.getByText('it will not be done twice').waitFor();
    expect(await dialog.getByRole('spinbutton', { name: 'Units' }).isDisabled()).toBe(true);
    await desk.confirm('Try again');
    await desk.untilDone('7 units of product 108 moved');
    expect(await allocated()).toEqual({ ...before, ota: before.ota - 7, direct: before.direct + 7 });
    await context.unroute('**/api/admin/channels/move');
  });
});

describe('the search', () => {
  it.each(['reservation', 'order', 'payment', 'ticket', 'reference'] as const)(
    'finds the whole trail by its %s',
    async (by) => {
      const { page } = desk;
      const one = await trailed();
      await desk.find(one[by]);
      const trail = page.getByRole('article');
      await trail.getByText(one.reservation, { exact: true }).waitFor();
      const text = await trail.innerText();
      for (const part of [one.order, one.payment, one.ticket, one.reference, 'ferry']) {
        expect(text).toContain(part);
      }
      const run = trail.getByRole('link', { name: 'in the Temporal Web UI' });
      expect(await run.getAttribute('href')).toMatch(
        new RegExp(`^http://temporal.example/namespaces/.*reservation.*${one.reservation}`),
      );
    },
  );

  it('says so when nothing is found, and what else to do', async () => {
    const { page } = desk;
    await desk.find('no-such-reference');
    await page.getByRole('heading', { name: 'Nothing found for' }).waitFor();
    await page.getByText('Ids are found as a whole').waitFor();
    await page.getByRole('link', { name: 'Close' }).click();
    await page.getByText('Ids are found as a whole').waitFor({ state: 'detached' });
  });

  it('is in the address: Back leads to what was found before', async () => {
    const { page } = desk;
    const one = await trailed();
    await desk.find(one.order);
    await page.getByRole('article').waitFor();
    await desk.find('no-such-reference');
    await page.getByText('Ids are found as a whole').waitFor();
    await page.goBack();
    await page.getByRole('article').getByText(one.reservation, { exact: true }).waitFor();
    await page.goto('/dashboard#');
  });
});

type Trailed = Record<'reservation' | 'order' | 'payment' | 'ticket' | 'reference', string>;
let made: Promise<Trailed> | undefined;
/** A sale with a scan, made once. */
function trailed(): Promise<Trailed> {
  made ??= (async () => {
    const reference = 'GRP-TRAIL-1';
    const hold = await house.post('/api/ota/reserve', { product_id: 106, quantity: 1, reference });
    const reservation = hold.body.reservation_id as string;
    const { order_id: order } = await ordered(house, reservation, 1);
    await house.notify(order, { reference: 'PSP-TRAIL-1' });
    const ticket = await eventually('a ticket', async () => {
      const { body } = await house.get(`/api/ota/orders/${order}/tickets`);
      return body.items[0] as { ticket_code: string; qr_code: string } | undefined;
    });
    const scan = { qr: ticket.qr_code, function_code: 'ferry', scan_id: 'trail-1' };
    await house.post('/venue/scan', scan, { key: 'gate' });
    return { reservation, order, payment: 'PSP-TRAIL-1', ticket: ticket.ticket_code, reference };
  })();
  return made;
}

describe('the reconciliation', () => {
  it('is downloaded as a file, the same as through the API', async () => {
    const { page } = desk;
    const part = desk.section('Reconciliation');
    const [from, to] = [
      await part.getByLabel('First day').inputValue(),
      await part.getByLabel('Last day').inputValue(),
    ];
    const coming = page.waitForEvent('download');
    await part.getByRole('button', { name: 'Download CSV' }).click();
    const download = await coming;
    expect(download.suggestedFilename()).toBe(`reconciliation-${from}-${to}.csv`);
    const text = readFileSync(await download.path(), 'utf8');
    const { text: same } = await house.get(`/api/ota/reconciliation?from=${from}&to=${to}`, {
      key: 'admin',
      headers: { Accept: 'text/csv' },
    });
    expect(text).toBe(same);
  });

  it('is not asked for with days the wrong way round', async () => {
    const part = desk.section('Reconciliation');
    await part.getByLabel('First day').fill('2031-01-02');
    await part.getByText('The last day is before the first.').waitFor();
    await part.getByLabel('First day').fill('');
    await part.getByText('Enter the first and the last day.').waitFor();
  });

  it('tells in words what the server refuses', async () => {
    const { body } = await house.post(
      '/api/admin/partners/demo-operator/keys',
      { permissions: ['admin'] },
      { key: 'admin' },
    );
    const other = await openDesk(browser, house);
    await other.signIn(body.api_key);
    const part = other.section('Reconciliation');
    await part.getByRole('button', { name: 'Download CSV' }).click();
    await part.getByText('This key lacks the permission reports:read.').waitFor();
    await other.context.close();
  });
});

describe('the keyboard', () => {
  it('is enough: sign in, skip to the overview, release a hold', async () => {
    const id = await endingHold(2, 'GRP-KEYS');
    const other = await openDesk(browser, house);
    const { page } = other;
    await page.getByLabel('Admin key').waitFor();
    await page.keyboard.type(house.keys.admin);
    await page.keyboard.press('Enter');
    await other.section('Pools').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the overview');
    await page.keyboard.press('Enter');
    const focused = () =>
      page.evaluate<string>(
        `document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent`,
      );
    for (let tabs = 0; tabs < 60 && (await focused()) !== 'Release hold GRP-KEYS'; tabs += 1) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await focused()).toBe('Cancel');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await other.untilDone(`Hold ${id} is released.`);
    expect(await holdStatus(id)).toBe('released');
    expect(await focused()).toBe('Holds that end next');
    await other.context.close();
  });
});

describe('the session', () => {
  it('ends with its key, while the page is open', async () => {
    const { body } = await house.post(
      '/api/admin/partners/demo-operator/keys',
      { permissions: ['admin'] },
      { key: 'admin' },
    );
    const other = await openDesk(browser, house);
    await other.signIn(body.api_key);
    await other.section('Pools').waitFor();
    await house.delete(`/api/admin/keys/${body.key_id}`, { key: 'admin' });
    await other.page.getByText('Your session has ended.').waitFor();
    await other.page.getByLabel('Admin key').waitFor();
    expect(await other.page.getByText('Premium Plan').count()).toBe(0);
    await other.context.close();
  });

  it('is ended by signing out', async () => {
    const { page, context } = desk;
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    expect(await context.cookies(`${house.url}/api/admin/overview`)).toEqual([]);
    await page.reload();
    await page.getByLabel('Admin key').waitFor();
  });
});

describe('the page', () => {
  it('has asked nobody else for anything, and broken no rule of its own', () => {
    expect(desk.strangers).toEqual([]);
    expect(desk.errors).toEqual([]);
  });

  it('leaves the accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});
