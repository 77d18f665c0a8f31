import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventPayload, events } from '../../src/contract/events.ts';
import { at, DAY, ids, partnerId, references } from '../../src/contract/examples/story.ts';
import { overview as overviewSchema } from '../../src/contract/dashboard.ts';
import { operations } from '../../src/contract/operations.ts';
import { storeStatement } from '../../src/db/queries/statements.ts';
import { dayBefore, today } from '../../src/domain/calendar.ts';
import { codesOf, malformed, pathOf, problemExample } from '../../src/http/problem-examples.ts';
import { signWebhook } from '../../src/webhooks/standard-webhook.ts';
import { eventually, type House, openHouse } from '../support/house.ts';
import { follow } from '../support/event-stream.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { exampleNamed, storyteller, translate } from '../support/story.ts';
import { testKeyOf } from '../support/test-partner.ts';

const ZONE = 'Asia/Hong_Kong';

type Delivery = { delivery_id: string; event_id: string; payload: { data: { order_id: string } } };

let house: House;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await openReceiver();
  house = await openHouse({ worker: true, env: { ALLOTMENT_WEBHOOKS_ALLOW_PRIVATE: 'true' } });
});
afterAll(async () => {
  await house.close();
  await receiver.close();
});

const keyOf = (name: keyof House['keys']) => ({ 'X-API-Key': house.keys[name] });
/** A key that may call an operation. */
const keyFor = (caller: string, channelDirect: boolean) => {
  if (['public', 'signature'].includes(caller)) return {};
  if (caller === 'admin') return keyOf('admin');
  return caller === 'tickets:redeem' ? keyOf('gate') : keyOf(channelDirect ? 'direct' : 'ota');
};
const isSigned = (caller: string) => caller === 'signature';

/** Everything that the examples say of refusals that need no story, before there is one. */
describe('an example of a refusal', () => {
  const cases = operations.flatMap((operation) =>
    codesOf(operation).map((code) => [operation.id, code] as const),
  );
  const withCode = (...codes: string[]) => cases.filter(([, code]) => codes.includes(code));

  const expectAsTold = async (
    id: string,
    code: (typeof cases)[number][1],
    send: { path?: string; body?: string; headers?: Record<string, string> },
  ) => {
    const example = exampleNamed(id);
    const { operation, body } = example;
    const answer = await house.send(
      operation.method.toUpperCase(),
      send.path ?? pathOf(example),
      operation.method === 'post' ? (send.body ?? (body && JSON.stringify(body))) : undefined,
      { ...(body && { 'Content-Type': 'application/json' }), ...send.headers },
    );
    const told = problemExample(example, code, house.config.publicUrl);
    expect({ ...answer.body, request_id: 'x' }).toEqual({ ...told, request_id: 'x' });
  };
  const admitted = (id: string) => {
    const { operation } = exampleNamed(id);
    return keyFor(operation.caller, operation.path.startsWith('/orders'));
  };

  it.each(withCode('API_KEY_MISSING'))('is what %s answers: %s', (id, code) => expectAsTold(id, code, {}));

  it.each(withCode('API_KEY_INVALID'))('is what %s answers: %s', (id, code) =>
    expectAsTold(id, code, { headers: { 'X-API-Key': 'alt_live_no' } }),
  );

  it.each(withCode('PERMISSION_MISSING').filter(([id]) => id !== 'advanceReservation'))(
    'is what %s answers: %s',
    (id, code) => {
      const { operation } = exampleNamed(id);
      return expectAsTold(id, code, {
        headers: keyOf(operation.caller === 'tickets:redeem' ? 'ota' : 'gate'),
      });
    },
  );

  const withBody = (code: string) =>
    withCode(code).filter(([id]) => {
      const { operation } = exampleNamed(id);
      return operation.body !== undefined && !isSigned(operation.caller);
    });

  it.each(withBody('MALFORMED_REQUEST'))('is what %s answers: %s', (id, code) =>
    expectAsTold(id, code, { body: '{', headers: admitted(id) }),
  );

  it.each(withBody('UNSUPPORTED_MEDIA_TYPE'))('is what %s answers: %s', (id, code) =>
    expectAsTold(id, code, { headers: { ...admitted(id), 'Content-Type': 'text/plain' } }),
  );

  it.each(withBody('BODY_TOO_LARGE'))('is what %s answers: %s', (id, code) =>
    expectAsTold(id, code, { body: JSON.stringify({ x: 'x'.repeat(300_000) }), headers: admitted(id) }),
  );

  it.each(withCode('VALIDATION_FAILED').filter(([id]) => !isSigned(exampleNamed(id).operation.caller)))(
    'is what %s answers: %s',
    (id, code) => {
      const example = exampleNamed(id);
      const { query, body } = malformed(example);
      const search = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
      ).toString();
      return expectAsTold(id, code, {
        path: pathOf(example) + (search && `?${search}`),
        ...(body && { body: JSON.stringify(body) }),
        headers: admitted(id),
      });
    },
  );

  /** What the examples name is not there yet, but for a product of the first season; time passes for test partners. */
  const needStory = ['getPriceRules', 'calculatePrice', 'setAllocations', 'advanceReservation'];
  it.each(
    withCode('NOT_FOUND').filter(
      ([id]) => !needStory.includes(id) && !isSigned(exampleNamed(id).operation.caller),
    ),
  )('is what %s answers: %s', (id, code) => {
    const example = exampleNamed(id);
    const ofPartner = ['getReconciliation', 'listStatements'].includes(id);
    return expectAsTold(id, code, {
      ...(ofPartner && { path: `${pathOf(example)}?from=${DAY}&to=${DAY}&partner_id=${partnerId}` }),
      headers: ofPartner ? keyOf('admin') : admitted(id),
    });
  });
});

describe('the story of the examples', () => {
  it('happens as it is told, call by call', async () => {
    const { real, played, play, refuse, send } = storyteller(house);
    const TODAY = today(new Date(), ZONE);
    const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    real.set(at.shortEnd, inHours(1));
    real.set(at.extendedEnd, inHours(2));
    real.set('https://tickets.example.com', house.config.publicUrl);
    real.set('https://agency.example/webhooks', `${receiver.url}/story`);
    const admin = { as: keyOf('admin') };
    const key = ['api_key', 'prefix'];

    await play('getHealth');
    await play('getVersion', { anew: ['version', 'node'] });
    await eventually(
      'a worker that is counted',
      async () => (await house.get('/readyz?full=1')).status === 200,
    );
    played.add('getMetrics');
    expect((await send('getMetrics', {})).headers.get('Content-Type')).toContain('text/plain');
    await play('getReadiness', { anew: ['undelivered_commands', 'oldest_command_seconds'] });

    const asDemo = { ...admin, anew: ['key_prefix', 'label', 'expires_at'] };
    await play('openOperatorSession', asDemo);
    await play('getOperatorSession', asDemo);
    await play('endOperatorSession');
    await play('addVenue', admin);
    await refuse('addVenue', 'ALREADY_EXISTS', admin);
    await play('listVenues', admin);
    await play('createPartner', admin);
    await refuse('createPartner', 'ALREADY_EXISTS', admin);
    await play('getPartner', admin);
    await play('listPartners', admin);
    await play('suspendPartner', admin);
    await play('resumePartner', admin);
    const issued = await play('createKey', { ...admin, anew: key });
    await play('listKeys', { ...admin, anew: key });
    const agency = { as: { 'X-API-Key': issued.body.api_key as string } };

    await play('getInventory', { ...agency });
    await play('getCatalog');
    await play('calculatePrice');
    await play('getPriceRules');
    await play('registerWebhook', { ...agency, anew: ['secret'] });
    await house.send('POST', '/api/ota/webhooks', JSON.stringify({ url: `${receiver.url}/all` }), {
      'Content-Type': 'application/json',
      ...agency.as,
    });
    await play('listWebhooks', agency);
    await play('getWebhook', agency);
    await play('enableWebhook', agency);

    await play('reserve', agency);
    await refuse('reserve', 'ALLOTMENT_EXHAUSTED', { ...agency, body: { product_id: 106, quantity: 5_000 } });
    await play('placeOrder', agency);
    const more = { ...exampleNamed('placeOrder').body, reference: 'one-more' };
    await refuse('placeOrder', 'RESERVATION_EXHAUSTED', { ...agency, body: more });
    const again = { ...adultIn(ids.reservation), reference: references.order };
    await refuse('placeOrder', 'REFERENCE_TAKEN', { ...agency, body: again });
    await refuse('getOrderTickets', 'NO_TICKETS', { ...agency, accept: 'application/pdf' });
    await eventually('the order of the story being issued', async () => {
      const answer = await send('activateOrder', agency);
      return answer.body.activation_status === 'success';
    });
    await play('activateOrder', agency, 'success');
    await refuse('activateOrder', 'ALREADY_PAID', {
      ...agency,
      body: { ...exampleNamed('activateOrder').body, payment_reference: 'another' },
    });
    await play('notifyPayment', {
      as: signed(JSON.stringify(translate(exampleNamed('notifyPayment').body, real))),
    });

    real.set(DAY, TODAY);
    await play('getOrder', agency);
    await play('listOrders', agency);
    await play('searchSales', { ...admin, anew: ['url'] });
    await play('getReservation', agency);
    await play('listReservations', agency);
    await play('getOrderTickets', agency);
    for (const form of ['text/csv', 'application/x-ndjson']) {
      const { text } = await send('getOrderTickets', { ...agency, accept: form });
      const told = exampleNamed('getOrderTickets').answers[200]?.text?.[form] ?? '';
      expect(text).toBe(translate(told, real));
    }
    await refuse('getOrderTickets', 'NOT_ACCEPTABLE', { ...agency, accept: 'image/png' });
    await play('getTicket');
    for (const [id, type] of [
      ['getTicketQrSvg', 'image/svg+xml'],
      ['getTicketQrPng', 'image/png'],
      ['getTicketPdf', 'application/pdf'],
    ] as const) {
      played.add(id);
      expect((await send(id, {})).headers.get('Content-Type')).toContain(type);
    }
    await play('releaseReservation', agency);

    await play('listInventory', admin);
    await refuse('moveAllocation', 'ALLOCATION_NOT_FREE', {
      ...admin,
      body: { ...exampleNamed('moveAllocation').body, units: 2_000 },
    });
    await play('moveAllocation', admin);
    await house.post(
      '/api/admin/channels/move',
      { product_id: 106, from: 'direct', to: 'ota', units: 200 },
      { key: 'admin' },
    );
    await refuse('setAllocations', 'ALLOCATION_NOT_FREE', { ...admin, body: { allocations: { ota: 1 } } });
    await refuse('setAllocations', 'ALLOCATIONS_EXCEED_CAP', {
      ...admin,
      body: { allocations: { ota: 2_200 } },
    });
    await play('setAllocations', admin);

    const accounts = { ...agency, anew: ['entry_id'] };
    await play('getReconciliation', accounts);
    const { text: csv } = await send('getReconciliation', { ...agency, accept: 'text/csv' });
    const told = exampleNamed('getReconciliation').answers[200]?.text?.['text/csv'] ?? '';
    expect(unnumbered(csv)).toBe(unnumbered(translate(told, real)));
    await refuse('getReconciliation', 'NOT_ACCEPTABLE', { ...agency, accept: 'image/png' });
    // A statement is of a day that is over.
    const YESTERDAY = dayBefore(new Date(), ZONE);
    await house.sql(`set session_replication_role = replica;
      update inventory_ledger set recorded_at = recorded_at - interval '1 day';
      update payments set received_at = received_at - interval '1 day';
      set session_replication_role = origin`);
    await storeStatement(house.em(), partnerId, YESTERDAY, ZONE);
    real.set(DAY, YESTERDAY);
    await play('getStatement', agency);
    await play('listStatements', agency);

    await play('rotateQr');
    const gate = { as: keyOf('gate') };
    await play('openGateSession', gate);
    await play('endGateSession');
    await play('getGate', gate);
    await play('scan', gate);
    const scan = exampleNamed('scan').body ?? {};
    await refuse('scan', 'TOKEN_REPLAYED', { ...gate, body: { ...scan, scan_id: 'a' } });
    await refuse('scan', 'SCAN_ID_REUSED', { ...gate, body: { ...scan, function_code: 'tea_set' } });
    const ticket = exampleNamed('getTicket').answers[200]?.json?.example as Record<string, string>;
    await refuse('scan', 'NOTHING_REMAINING', {
      ...gate,
      body: { ...scan, qr: ticket.qr_code, scan_id: 'b' },
    });
    await refuse('scan', 'TOKEN_INVALID', { ...gate, body: { ...scan, qr: 'x', scan_id: 'c' } });
    await refuse('placeOrder', 'RESERVATION_NOT_HELD', {
      ...agency,
      body: { ...exampleNamed('placeOrder').body, reference: 'another' },
    });

    const short = await send('reserve', {
      ...agency,
      body: exampleNamed('reserve').moreBodies?.['for less than a day'] ?? {},
    });
    expect([short.status, short.body.reserved_until]).toEqual([201, real.get(at.shortEnd)]);
    real.set(ids.shortReservation, short.body.reservation_id);
    await play('extendReservation', agency);
    await play('extendHold', admin);
    await play('releaseHold', admin);
    await refuse('extendHold', 'RESERVATION_NOT_HELD', admin);

    const dispute = async () => {
      const held = await send('reserve', { ...agency, body: { product_id: 106, quantity: 2 } });
      real.set(ids.disputedReservation, held.body.reservation_id);
      const placed = await send('placeOrder', { ...agency, body: adultIn(ids.disputedReservation) });
      real.set(ids.disputedOrder, placed.body.order_id);
      await house.notify(placed.body.order_id, {
        reference: 'payment-70116',
        amount: 300_00,
        currency: 'HKD',
      });
      await play('listPayments', admin);
    };
    await dispute();
    const counts = ['orders_unissued', 'webhooks_failing', 'commands_undelivered', 'workers_live', 'ui_url'];
    await play('getOverview', { ...admin, anew: ['pools', 'sales', 'expiring', ...counts] });
    const [event] = await follow(house, 1, admin.as);
    expect(overviewSchema.parse(event?.data)).toEqual(event?.data);
    played.add('followOverview');
    await refuse('followOverview', 'NOT_ACCEPTABLE', { ...admin, accept: 'application/json' });
    await play('refundPayment', admin);
    await play('listRefunds', admin);
    await play('settleRefund', admin);
    await refuse('acceptPayment', 'ALREADY_DECIDED', admin);
    const other = await send('placeOrder', {
      ...agency,
      body: { ...adultIn(ids.disputedReservation), reference: 'booking-20883' },
    });
    real.set(ids.cancelledOrder, other.body.order_id);
    await play('cancelOrder', agency);
    await refuse('activateOrder', 'ORDER_CANCELLED', {
      ...agency,
      body: { order_id: ids.cancelledOrder, payment_reference: 'late' },
    });
    await dispute();
    await play('acceptPayment', { ...admin, anew: ['order_status'] });

    const shop = { as: keyOf('direct') };
    await play('placeDirectOrder', shop);
    await eventually('the order of the shop being issued', async () => {
      const body = { order_id: ids.shopOrder, payment_reference: 'shop-payment' };
      return (await send('activateOrder', { ...shop, body })).body.activation_status === 'success';
    });
    await play('getDirectOrder', shop);
    await play('getDirectOrderTickets', shop);

    real.set(at.gateAskedBefore, inHours(-1));
    const ofShop = `/api/ota/orders/${real.get(ids.shopOrder)}/cancel`;
    expect((await house.post(ofShop, { reason: 'ill' }, { key: 'direct' })).status).toBe(200);
    await play('listRevocations', gate);

    const test = { as: { 'X-API-Key': await testKeyOf(house, 'trial', ['reservations:write']) } };
    await refuse('advanceReservation', 'NOT_FOUND', test);
    const tried = await send('reserve', { ...test, body: { product_id: 106, quantity: 1 } });
    real.set(ids.testReservation, tried.body.reservation_id);
    await refuse('advanceReservation', 'PERMISSION_MISSING', agency);
    await play('advanceReservation', test);

    const moving = ['status', 'attempts', 'last_status', 'last_error', 'next_attempt_at', 'delivered_at'];
    const first = await eventually('the delivery of the story', async () => {
      const { body } = await send('listWebhookDeliveries', agency);
      return (body.items as Delivery[]).find(({ payload }) => payload.data.order_id === real.get(ids.order));
    });
    real.set(ids.delivery, first.delivery_id);
    real.set(ids.event, first.event_id);
    await play('listWebhookDeliveries', agency);
    await play('replayWebhookDelivery', { ...agency, anew: moving });
    await play('testWebhook', { ...agency, anew: moving });
    await play('rotateWebhookSecret', { ...agency, anew: ['secret'] });

    await play('getKeySet', { anew: ['x', 'kid'] });
    await play('changePartner', admin);
    await play('rotatePaymentSecret', { ...admin, anew: ['payment_secret'] });
    await play('endPaymentSecrets', admin);
    await play('expireKey', { ...admin, anew: key });
    await send('createKey', admin).then(({ body }) => real.set(ids.key, body.key_id));
    await play('rotateKey', { ...admin, anew: [...key, 'expires_at'] });
    await send('createKey', admin).then(({ body }) => real.set(ids.key, body.key_id));
    await play('revokeKey', { ...admin, anew: key });
    await refuse('rotateKey', 'KEY_ENDED', admin);

    await play('createProduct', admin);
    await refuse('createProduct', 'ALREADY_EXISTS', admin);
    await play('getProduct', admin);
    await play('listProducts', admin);
    await play('getPrices', admin);
    await play('setFunction', admin);
    await play('changeProduct', admin);
    await play('setPrices', admin);
    await play('setSpecialDate', admin);
    await play('removeSpecialDate', admin);
    await play('setAddon', admin);
    await play('removeAddon', admin);
    await play('addCutOffRule', admin);
    await refuse('addCutOffRule', 'ALREADY_EXISTS', admin);
    await play('listCutOffRules', admin);
    await play('removeCutOffRule', admin);
    await play('eraseCustomer', admin);
    await house.post(
      '/api/admin/partners/demo-gate/keys',
      { permissions: ['tickets:redeem'], scope: { venue_code: 'pier-1' } },
      { key: 'admin' },
    );
    await refuse('removeVenue', 'VENUE_IN_USE', admin);
    await house.sql(
      `update api_keys set revoked_at = clock_timestamp() where scope ->> 'venue_code' = 'pier-1'`,
    );
    await play('removeVenue', admin);
    await play('deleteWebhook', agency);

    const notPlayed = operations.map(({ id }) => id).filter((id) => !played.has(id));
    expect(notPlayed).toEqual([]);
  }, 120_000);

  it('tells partners of it as the contract says', async () => {
    const untold = ['reservation.expired', 'inventory.low'];
    const wanted = Object.keys(events).filter((type) => !untold.includes(type));
    const told = () => receiver.received.map(({ text }) => JSON.parse(text) as { type: keyof typeof events });
    await eventually('an event of each type', async () => {
      const types = new Set<string>(told().map(({ type }) => type));
      return wanted.every((type) => types.has(type));
    });
    for (const event of told()) {
      expect(eventPayload(event.type, events[event.type].data).parse(event)).toEqual(event);
    }
  });

  it('leaves all accounts in agreement', async () => {
    expect(await house.disagreements()).toEqual([]);
  });
});

const adultIn = (reservationId: string) => ({
  ...exampleNamed('placeOrder').body,
  reservation_id: reservationId,
  pricing_context: { visit_date: '2030-06-15', customer_breakdown: [{ customer_type: 'adult', count: 1 }] },
  reference: undefined,
});

/** A CSV of the ledger without the numbers of its entries and their times. */
const unnumbered = (csv: string) => csv.replaceAll(/^\d+,[^,]+,/gm, 'entry,time,');

function signed(body: string) {
  const seconds = Math.floor(Date.now() / 1000);
  return {
    'webhook-id': 'msg_20881',
    'webhook-timestamp': String(seconds),
    'webhook-signature': signWebhook(house.webhookSecret, 'msg_20881', seconds, body),
  };
}
