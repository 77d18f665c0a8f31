import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { generateSigningKeySet, readSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { signStaticToken } from '../../src/tickets/qr-token.ts';
import { type House, openHouse } from '../support/house.ts';
import { sold, type SoldTicket, takeUnused } from '../support/sale.ts';
import { openBrowser } from './support/browser.ts';
import { addPiers, type GatePhone, openGatePhone } from './support/gate.ts';

let house: House;
let browser: Browser;
let phone: GatePhone;
let unused: SoldTicket[];
beforeAll(async () => {
  house = await openHouse({ worker: true });
  browser = await openBrowser();
  await addPiers(house);
  unused = (await sold(house, 10)).tickets;
  phone = await openGatePhone(browser, house);
});
afterAll(async () => {
  await browser.close();
  await house.close();
});

const newTicket = () => takeUnused(unused);
const redemptionsOf = ({ ticket_code: code }: SoldTicket) =>
  house.sql('select function_code, quantity, venue_code from redemptions where ticket_code = $1', [code]);

describe('signing in', () => {
  it('says what is wrong with a key, and lets nobody in', async () => {
    const { page } = phone;
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Enter the key of this gate.').waitFor();
    await phone.signIn('alt_live_nonsense');
    await page.getByText('This API key is unknown, expired or revoked.').waitFor();
    await phone.signIn('alt_live_…');
    await page.getByText('This is no key').waitFor();
    await phone.signIn(house.keys.ota);
    await page.getByText('This key lacks the permission tickets:redeem.').waitFor();
    expect(await phone.context.cookies()).toEqual([]);
  });

  it('takes the key once, offers the venues and functions of the operator, and keeps the key nowhere', async () => {
    const { page, context } = phone;
    await phone.signIn();
    await page.getByRole('heading', { name: 'Demo gate' }).waitFor();
    const options = await page.getByLabel('Redeem here').locator('option').allInnerTexts();
    expect(options).toEqual(expect.arrayContaining(['Ferry', 'Playground tokens', 'Tea set']));
    expect(await page.getByLabel('Venue').locator('option').allInnerTexts()).toEqual([
      'Choose …',
      'Pier 1',
      'Pier 2',
    ]);
    await phone.choose('Ferry', 'Pier 1');
    const [cookie] = await context.cookies(`${house.url}/venue/scan`);
    expect(cookie).toMatchObject({ name: 'allotment_gate', httpOnly: true, sameSite: 'Strict' });
    expect(cookie?.value).not.toContain(house.keys.gate);
    const kept = await page.evaluate<string>(everythingKept);
    expect(kept).toContain('Demo gate');
    expect(kept).not.toContain(house.keys.gate);
    expect(kept).not.toContain(house.keys.gate.slice(9, 30));
  });
});

/** All that a script of the page can read of what the phone keeps. */
const everythingKept = `(async () => {
  const db = await new Promise((done) => { indexedDB.open('allotment-gate').onsuccess = (e) => done(e.target.result); });
  const all = await Promise.all([...db.objectStoreNames].map((name) => new Promise((done) => {
    db.transaction(name).objectStore(name).getAll().onsuccess = (e) => done([name, e.target.result]);
  })));
  db.close();
  return JSON.stringify([all, { ...localStorage }, { ...sessionStorage }, document.cookie]);
})()`;

describe('a scan', () => {
  it('admits, says how many are left, and redeems at the venue', async () => {
    const ticket = newTicket();
    expect(await phone.enter(ticket.qr_code)).toBe('Admitted · 1 × Ferry · None left');
    expect(await redemptionsOf(ticket)).toEqual([
      { function_code: 'ferry', quantity: 1, venue_code: 'pier-1' },
    ]);
  });

  it('admits the rotating code of a guest’s phone once', async () => {
    const ticket = newTicket();
    const { body } = await house.post(`/qr/${ticket.ticket_code}`, undefined, { key: null });
    expect(await phone.enter(body.qr)).toBe('Admitted · 1 × Ferry · None left');
    expect(await phone.enter(body.qr)).toMatch(
      /^Code used · This code was scanned at Pier 1 at \d\d:\d\d. Ask for a fresh one.$/,
    );
  });

  it('takes the code that is printed under the QR', async () => {
    const ticket = newTicket();
    const typed = ticket.ticket_code.toLowerCase().replace(/(.{4})/g, '$1 ');
    expect(await phone.enter(typed)).toBe('Admitted · 1 × Ferry · None left');
    expect(await phone.enter('AAAAAAAAAAAAAAAAAAAAAAAAAA')).toBe(
      'Not valid · There is no ticket with this code.',
    );
  });

  it('redeems several at once, and goes back to one', async () => {
    const { page } = phone;
    const ticket = newTicket();
    await page.getByLabel('Redeem').selectOption({ label: 'Playground tokens' });
    await page.getByRole('button', { name: 'One more' }).click();
    await page.getByRole('button', { name: 'One more' }).click();
    expect(await phone.enter(ticket.qr_code)).toBe('Admitted · 3 × Playground tokens · 7 left');
    expect(await phone.enter(ticket.qr_code)).toBe('Admitted · 1 × Playground tokens · 6 left');
    await page.getByLabel('Redeem').selectOption({ label: 'Ferry' });
  });
});

describe('a refusal', () => {
  it('of a used ticket says where and when', async () => {
    const ticket = newTicket();
    const body = { qr: ticket.qr_code, function_code: 'ferry', scan_id: 'other', venue_code: 'pier-2' };
    expect((await house.post('/venue/scan', body, { key: 'gate' })).status).toBe(200);
    expect(await phone.enter(ticket.qr_code)).toMatch(/^Used up · Ferry was used at Pier 2 at \d\d:\d\d.$/);
  });

  it('of a void ticket says so', async () => {
    const { orderId, tickets } = await sold(house, 1);
    await house.post(`/api/ota/orders/${orderId}/cancel`, { reason: 'rain' });
    expect(await phone.enter(tickets[0]?.qr_code ?? '')).toBe('Void · This ticket was cancelled.');
  });

  it('of another entitlement says what the ticket is for', async () => {
    await phone.page.getByLabel('Redeem').selectOption({ label: 'Tea set' });
    expect(await phone.enter(newTicket().qr_code)).toBe(
      'Not included · No Tea set. This ticket is for: Ferry, Monchhichi gift, Playground tokens.',
    );
    await phone.page.getByLabel('Redeem').selectOption({ label: 'Ferry' });
  });

  it.each([
    ['a code of somebody else', () => 'https://example.com/ticket/1'],
    ['a forged code', () => signStaticToken(forger, newTicket().ticket_code)],
  ])('is what %s gets', async (_what, code) => {
    expect(await phone.enter(code())).toMatch(/^Not valid · This code was not made here/);
  });
  const forger = readSigningKeySet(generateSigningKeySet());

  it('stands on the screen until the next guest; an admission steps back by itself', async () => {
    const { page } = phone;
    await phone.enter('x');
    await phone.enter(newTicket().qr_code);
    await page.getByText('Show a code').waitFor();
    await phone.goTo('Gate');
    expect(await page.locator('.history li').first().innerText()).toMatch(/^Admitted at \d\d:\d\d/);
    await phone.goTo('Scan');
  });
});

describe('the page', () => {
  it('can be worked by the keyboard alone', async () => {
    const { page } = phone;
    const code = page.getByLabel('Ticket code');
    await page.getByRole('button', { name: 'Start the camera' }).focus();
    for (
      let tabs = 0;
      tabs < 6 && !(await code.evaluate('document.activeElement?.id === "code"'));
      tabs += 1
    ) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.type(newTicket().qr_code);
    await page.keyboard.press('Enter');
    await page.getByText('None left').waitFor();
  });

  it('ends its session with the key: it asks to sign in again, and admits nobody', async () => {
    const { body: made } = await house.post(
      '/api/admin/partners/demo-gate/keys',
      { permissions: ['tickets:redeem'], scope: { venue_code: 'pier-2' } },
      { key: 'admin' },
    );
    const other = await openGatePhone(browser, house);
    await other.signIn(made.api_key);
    await other.page.getByText('At Pier 2.').waitFor();
    await other.choose('Ferry');
    await house.delete(`/api/admin/keys/${made.key_id}`, { key: 'admin' });
    const ticket = newTicket();
    await other.page.getByLabel('Ticket code').fill(ticket.qr_code);
    await other.page.getByRole('button', { name: 'Check' }).click();
    await other.page.getByLabel('Key of this gate').waitFor();
    expect(await redemptionsOf(ticket)).toEqual([]);
    await other.context.close();
  });

  it('signs out, and forgets the gate', async () => {
    const { page } = phone;
    await phone.goTo('Gate');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Key of this gate').waitFor();
    expect(await phone.context.cookies(`${house.url}/venue/scan`)).toEqual([]);
    expect(await page.evaluate<string>(everythingKept)).not.toContain('Demo gate');
  });

  it('has asked nobody else for anything, and broken no rule of its own', () => {
    expect(phone.strangers).toEqual([]);
    expect(phone.errors).toEqual([]);
  });
});
