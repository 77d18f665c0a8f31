import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { generateSigningKeySet, readSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { signRotatingToken, signStaticToken } from '../../src/tickets/qr-token.ts';
import { type House, openHouse } from '../support/house.ts';
import { sold, type SoldTicket, takeUnused } from '../support/sale.ts';
import { soldTestTicket } from '../support/test-partner.ts';
import { openBrowser } from './support/browser.ts';
import { addPiers, type GatePhone, openGatePhone, untilKept } from './support/gate.ts';

let house: House;
let browser: Browser;
let phone: GatePhone;
let unused: SoldTicket[];
let voided: SoldTicket;
let ofSandbox: SoldTicket;
beforeAll(async () => {
  house = await openHouse({ worker: true });
  browser = await openBrowser();
  await addPiers(house);
  unused = (await sold(house, 12)).tickets;
  const cancelled = await sold(house, 1);
  await house.post(`/api/ota/orders/${cancelled.orderId}/cancel`, { reason: 'rain' });
  voided = cancelled.tickets[0] as SoldTicket;
  ofSandbox = await soldTestTicket(house);
});
afterAll(async () => {
  await browser.close();
  await house.close();
});

beforeEach(async () => {
  phone = await openGatePhone(browser, house);
  await phone.signIn();
  await phone.choose('Ferry', 'Pier 1');
  await phone.page.getByRole('button', { name: 'Gate' }).click();
  await phone.page.getByText('Void tickets last fetched').waitFor();
  await phone.goTo('Scan');
  await untilKept(phone);
});
afterEach(async () => {
  expect(phone.strangers).toEqual([]);
  expect(phone.errors).toEqual([]);
  await phone.context.close();
});

const newTicket = () => takeUnused(unused);
const goOffline = async () => {
  await phone.context.setOffline(true);
  await phone.untilConnection('Offline');
};
const goOnline = async () => {
  await phone.context.setOffline(false);
  await phone.untilConnection(/^Online/);
};
const redemptionsOf = ({ ticket_code: code }: SoldTicket) =>
  house.sql<{ venue_code: string; scanned_at: Date | null }>(
    'select venue_code, scanned_at from redemptions where ticket_code = $1',
    [code],
  );
const left = async ({ ticket_code: code }: SoldTicket, functionCode = 'ferry') => {
  const { body } = await house.get(`/tickets/${code}`, { key: null });
  return (body as SoldTicket).entitlements.find((one) => one.function_code === functionCode)?.remaining;
};

describe('a gate without a connection', () => {
  it('admits what is signed here, and tells the server when it is back', async () => {
    const [first, second] = [newTicket(), newTicket()];
    await goOffline();
    expect(await phone.enter(first.qr_code)).toBe('Admitted · 1 × Ferry · Offline: sent later');
    expect(await phone.enter(second.qr_code)).toBe('Admitted · 1 × Ferry · Offline: sent later');
    await phone.untilConnection('Offline · 2 to send');
    expect([await left(first), await left(second)]).toEqual([1, 1]);
    const before = Date.now();
    await goOnline();
    await phone.untilConnection(/^Online$/);
    expect([await left(first), await left(second)]).toEqual([0, 0]);
    const [kept] = await redemptionsOf(first);
    expect(kept?.venue_code).toBe('pier-1');
    expect(kept?.scanned_at?.getTime()).toBeLessThan(before);
  });

  it('admits a ticket once on this phone', async () => {
    const ticket = newTicket();
    await goOffline();
    await phone.enter(ticket.qr_code);
    expect(await phone.enter(ticket.qr_code)).toMatch(
      /^Used here · Ferry was admitted on this phone at \d\d:\d\d. · Offline$/,
    );
    await phone.untilConnection('Offline · 1 to send');
  });

  it('refuses what was admitted while it was connected, and counts on from what it was told', async () => {
    const ticket = newTicket();
    await phone.enter(ticket.qr_code);
    await goOffline();
    expect(await phone.enter(ticket.qr_code)).toMatch(/^Used up · Ferry was admitted on this phone/);
    await phone.page.getByLabel('Redeem').selectOption({ label: 'Playground tokens' });
    expect(await phone.enter(ticket.qr_code)).toBe(
      'Admitted · 1 × Playground tokens · 9 left · Offline: sent later',
    );
    await phone.page.getByLabel('Redeem').selectOption({ label: 'Tea set' });
    expect(await phone.enter(ticket.qr_code)).toBe('Not included · This ticket has no Tea set. · Offline');
  });

  it('refuses void tickets and those of the sandbox, of which it heard before', async () => {
    await goOffline();
    for (const ticket of [voided, ofSandbox]) {
      expect(await phone.enter(ticket.qr_code)).toBe(
        'Void · This ticket was cancelled, or is a test. · Offline',
      );
    }
  });

  it('refuses codes that were not signed here', async () => {
    const forger = readSigningKeySet(generateSigningKeySet());
    const genuine = newTicket().qr_code;
    const flipped = `${genuine.slice(0, 60)}${genuine[60] === 'A' ? 'B' : 'A'}${genuine.slice(61)}`;
    await goOffline();
    expect(await phone.enter(signStaticToken(forger, newTicket().ticket_code))).toMatch(
      /does not know the key/,
    );
    expect(await phone.enter(flipped)).toMatch(/^Not valid · The signature is wrong/);
    expect(await phone.enter('https://example.com')).toMatch(/^Not valid · This is not a ticket of ours/);
    expect(await phone.connection()).toBe('Offline');
  });

  it('admits a rotating code while it lives, once, and the server takes it later', async () => {
    const [ticket, other] = [newTicket(), newTicket()];
    const codeOf = ({ ticket_code: code }: SoldTicket, seconds: number) =>
      signRotatingToken(
        house.config.signingKeys,
        code,
        new Date(Date.now() + seconds * 1_000),
        randomBytes(4),
      );
    const live = codeOf(ticket, 3);
    await goOffline();
    expect(await phone.enter(live)).toMatch(/^Admitted/);
    expect(await phone.enter(live)).toMatch(/^Code used · This code was scanned on this phone/);
    expect(await phone.enter(codeOf(other, -1))).toMatch(/^Code expired/);
    await phone.page.waitForTimeout(3_000);
    await goOnline();
    await phone.untilConnection(/^Online$/);
    expect([await left(ticket), await left(other)]).toEqual([0, 1]);
  });

  it('does not guess at a typed ticket code, which has no signature', async () => {
    const ticket = newTicket();
    await goOffline();
    expect(await phone.enter(ticket.ticket_code)).toMatch(/^Cannot tell · .*needs a connection/);
    expect(await phone.connection()).toBe('Offline');
  });

  it('opens again, with what it has to send and what it has admitted', async () => {
    const { page } = phone;
    const ticket = newTicket();
    await goOffline();
    await phone.enter(ticket.qr_code);
    await page.reload();
    await phone.untilConnection('Offline · 1 to send');
    expect(await phone.enter(ticket.qr_code)).toMatch(/^Used here/);
    await phone.goTo('Gate');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('First send what was admitted without a connection.').waitFor();
    await goOnline();
    await page.getByText('Everything is sent.').waitFor();
    expect(await left(ticket)).toBe(0);
  });
});

describe('what two gates have admitted', () => {
  it('shows as a conflict with venue and time, until it is noted', async () => {
    const { page } = phone;
    const ticket = newTicket();
    await goOffline();
    await phone.enter(ticket.qr_code);
    const elsewhere = {
      qr: ticket.qr_code,
      function_code: 'ferry',
      scan_id: 'pier-2-1',
      venue_code: 'pier-2',
    };
    expect((await house.post('/venue/scan', elsewhere, { key: 'gate' })).status).toBe(200);
    await goOnline();
    await page.getByText('1 conflict').waitFor();
    await phone.goTo('Gate');
    const card = page.locator('.conflict');
    const told = (await card.innerText()).replaceAll(/\s*\n\s*/g, ' · ');
    expect(told).toMatch(
      /^Ferry, admitted at Pier 1 at \d\d:\d\d. · Also admitted at Pier 2 at \d\d:\d\d. · Ticket [A-Z2-7]{26} · Noted$/,
    );
    expect(await redemptionsOf(ticket)).toHaveLength(1);
    await page.reload();
    await phone.goTo('Gate');
    await card.getByRole('button', { name: 'Noted' }).click();
    await card.waitFor({ state: 'detached' });
    await page.reload();
    await phone.untilConnection('Online');
    expect(await page.getByText('conflict').count()).toBe(0);
  });
});

describe('an answer that is lost on its way', () => {
  it('deducts once: the phone decides, and sends the same scan again', async () => {
    const { page, context } = phone;
    const ticket = newTicket();
    await page.getByLabel('Redeem').selectOption({ label: 'Playground tokens' });
    let lost = 0;
    await context.route('**/venue/scan', async (route) => {
      await route.fetch();
      lost += 1;
      await route.abort();
    });
    expect(await phone.enter(ticket.qr_code)).toMatch(/^Admitted · 1 × Playground tokens/);
    expect(lost).toBe(1);
    expect(await left(ticket, 'playground_tokens')).toBe(9);
    await context.unroute('**/venue/scan');
    await phone.goTo('Gate');
    await page.getByRole('button', { name: 'Connect now' }).click();
    await page.getByText('Everything is sent.').waitFor();
    expect(await left(ticket, 'playground_tokens')).toBe(9);
    expect(await redemptionsOf(ticket)).toHaveLength(1);
  });
});

it('leaves all accounts in agreement', async () => {
  expect(await house.disagreements()).toEqual([]);
});
