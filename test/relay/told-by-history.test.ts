import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readHistory } from '../../src/relay/told-by-history.ts';
import { historyFromJson } from '../support/history.ts';

const read = (name: string) =>
  readFileSync(new URL(`../replay/histories/${name}.json`, import.meta.url), 'utf8');
const told = (json: string) => readHistory(historyFromJson(json));
const fatesIn = (name: string) => [...told(read(name)).orders.values()];

describe('readHistory', () => {
  it.each([
    ['sold-out-by-webhook', ['issued', 'issued']],
    ['partly-sold-then-expired', ['issued']],
    ['durable-activity-retried', ['issued']],
    ['compensated', ['refused']],
    ['compensated-before-it-was-sold', ['refused']],
    ['late-payment-taken', ['issued']],
    ['late-payment-taken-then-compensated', ['refused']],
    ['late-payment-refunded', []],
    ['released', []],
  ])('tells what became of the paid orders: %s', (name, fates) => {
    expect(fatesIn(name)).toEqual(fates);
  });

  it.each([
    ['late-payment-taken', 'units_taken'],
    ['late-payment-taken-then-compensated', 'refund_due'],
    ['late-payment-refunded', 'refund_due'],
    ['released', undefined],
  ])('tells what was decided of late money: %s', (name, lateMoney) => {
    expect(told(read(name)).lateMoney).toBe(lateMoney);
  });

  it.each([
    ['webhook-delivered-after-failures', true],
    ['webhook-failed-after-three-days', false],
    ['webhook-absent', false],
  ])('tells whether an endpoint took the event: %s', (name, delivered) => {
    expect(told(read(name)).delivered).toBe(delivered);
  });

  it('tells whose hold it was, and how it stood at last', () => {
    expect(told(read('partly-sold-then-expired'))).toMatchObject({
      partner: 'demo-ota',
      channel: 'ota',
      productIds: ['106'],
      summary: 'demo-ota: hold on 106 (ota)',
      looked: true,
      work: { status: 'expired', units: { held: 0, sold: 2, released: 3 } },
    });
  });

  it('tells that a run looked and saw nothing', () => {
    expect(told(read('sold-out-so-absent'))).toMatchObject({ looked: true, work: undefined });
  });

  /** As it looks after a lost workflow task: its activities ran, and ran again when nothing was left to do. */
  it('tells of an order that only a signal names, as settled once a look after it does not find it waiting', () => {
    type Event = { eventType: string; workflowExecutionSignaledEventAttributes?: { input: object } };
    const { events } = JSON.parse(read('sold-out-by-webhook')) as { events: Event[] };
    const data = Buffer.from('"01a20763-0000-7000-8000-000000000000"').toString('base64');
    const input = {
      payloads: [{ metadata: { encoding: Buffer.from('json/plain').toString('base64') }, data }],
    };
    const last = events.findLastIndex(({ eventType }) => eventType.endsWith('EXECUTION_SIGNALED'));
    const signal = events[last]?.workflowExecutionSignaledEventAttributes;
    if (signal) signal.input = input;
    expect(told(JSON.stringify({ events })).orders.get('01a20763-0000-7000-8000-000000000000')).toBe(
      'settled',
    );
    const cut = events.slice(0, last + 1);
    expect(told(JSON.stringify({ events: cut })).orders.get('01a20763-0000-7000-8000-000000000000')).toBe(
      'paid',
    );
  });
});
