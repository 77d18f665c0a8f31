import { describe, expect, it } from '@jest/globals';
import {
  type IncomingPayment,
  type Judgement,
  judgePayment,
  type KnownPayment,
  type OrderToPay,
} from '../../src/domain/payment.ts';
import { orderStatuses, reservationStatuses } from '../../src/domain/states.ts';

const unpaid: OrderToPay = {
  status: 'pending_payment',
  reservationStatus: 'held',
  total: 28_800,
  currency: 'HKD',
  known: [],
};
const activate = (reference: string): IncomingPayment => ({ via: 'activate', reference });
const webhook = (reference: string, more: Partial<IncomingPayment> = {}): IncomingPayment => ({
  via: 'webhook',
  reference,
  ...more,
});
const payment = (more: Partial<KnownPayment>): KnownPayment => ({
  paymentId: 'p1',
  reference: 'A',
  activationReference: null,
  notifiedReference: null,
  verdict: 'accepted',
  sentBack: false,
  ...more,
});
const activated = payment({ reference: 'A', activationReference: 'A' });
const notified = payment({ reference: 'W', notifiedReference: 'W' });
const both = payment({ reference: 'A', activationReference: 'A', notifiedReference: 'W' });
const inReview = payment({ paymentId: 'p2', reference: 'R', notifiedReference: 'R', verdict: 'review' });
const failed = payment({ paymentId: 'p3', reference: 'F', notifiedReference: 'F', verdict: 'failed' });
const refunded = payment({ reference: 'W', notifiedReference: 'W', verdict: 'refund_due' });
const sentBack = payment({ reference: 'W', notifiedReference: 'W', verdict: 'refund_due', sentBack: true });

type Row = [
  what: string,
  order: Partial<OrderToPay>,
  incoming: IncomingPayment,
  judgement: Partial<Judgement>,
];
const paid = { status: 'paid' } as const;

describe('judgePayment', () => {
  it.each<Row>([
    ['activate', {}, activate('A'), { act: 'take' }],
    ['a webhook', {}, webhook('W'), { act: 'take' }],
    [
      'a webhook with the right amount',
      {},
      webhook('W', { amount: 28_800, currency: 'HKD' }),
      { act: 'take' },
    ],
    ['a success after a failure', { known: [failed] }, webhook('F'), { act: 'take' }],
    ['activate after a failure', { known: [failed] }, activate('F'), { act: 'take' }],
    [
      'a fitting webhook after one that an operator sent back',
      { known: [sentBack] },
      webhook('X'),
      { act: 'take' },
    ],
    ['activate after one that an operator sent back', { known: [sentBack] }, activate('A'), { act: 'take' }],
    ['a fitting webhook after one in review', { known: [inReview] }, webhook('W'), { act: 'take' }],
    [
      'activate with its own reference beside one in review',
      { known: [inReview] },
      activate('A'),
      { act: 'take' },
    ],
  ])('takes the first payment in time: %s', judges);

  it.each<Row>([
    [
      'of an expired order',
      { status: 'expired', reservationStatus: 'expired' },
      activate('A'),
      { act: 'take_late' },
    ],
    [
      'of a released hold',
      { status: 'expired', reservationStatus: 'released' },
      webhook('W'),
      { act: 'take_late' },
    ],
    ['whose order still waits', { reservationStatus: 'expired' }, webhook('W'), { act: 'take_late' }],
  ])('takes a payment as late: %s', judges);

  it.each<Row>([
    ['activate', { status: 'cancelled' }, activate('A'), { act: 'refund' }],
    ['a webhook', { status: 'cancelled' }, webhook('W'), { act: 'refund' }],
    ['a webhook of another amount', { status: 'cancelled' }, webhook('W', { amount: 1 }), { act: 'refund' }],
    ['a second webhook', { status: 'cancelled', known: [refunded] }, webhook('X'), { act: 'refund' }],
    [
      'activate after one that an operator sent back',
      { status: 'cancelled', known: [sentBack] },
      activate('A'),
      { act: 'refund' },
    ],
    [
      'a webhook after an activation that an operator sent back',
      { status: 'cancelled', known: [{ ...sentBack, activationReference: 'A', notifiedReference: null }] },
      webhook('X'),
      { act: 'refund' },
    ],
  ])('refunds money for a cancelled order: %s', judges);

  it.each<Row>([
    [
      'less',
      {},
      webhook('W', { amount: 28_799 }),
      {
        act: 'review',
        reason: expect.stringMatching(/^Paid HKD 287.99, the order's total is HKD \d+\.\d\d\.$/) as never,
      },
    ],
    ['more', {}, webhook('W', { amount: 28_801 }), { act: 'review' }],
    ['nothing', {}, webhook('W', { amount: 0 }), { act: 'review' }],
    [
      'another currency',
      {},
      webhook('W', { currency: 'USD' }),
      { act: 'review', reason: expect.stringContaining('USD') as never },
    ],
    ['late and less', { status: 'expired' }, webhook('W', { amount: 1 }), { act: 'review' }],
    ['a second payment', { ...paid, known: [notified] }, webhook('X'), { act: 'review' }],
    ['a third one after activate and webhook', { ...paid, known: [both] }, webhook('X'), { act: 'review' }],
    [
      'another amount after activate',
      { ...paid, known: [activated] },
      webhook('X', { amount: 1 }),
      { act: 'review' },
    ],
  ])('leaves to an operator: %s', judges);

  it.each<Row>([
    [
      'the webhook after activate',
      { ...paid, known: [activated] },
      webhook('A'),
      { act: 'attach', paymentId: 'p1' },
    ],
    [
      'its reference may differ',
      { ...paid, known: [activated] },
      webhook('W'),
      { act: 'attach', paymentId: 'p1' },
    ],
    [
      'activate after the webhook',
      { ...paid, known: [notified] },
      activate('A'),
      { act: 'attach', paymentId: 'p1' },
    ],
    [
      'activate with the webhook’s reference',
      { ...paid, known: [notified] },
      activate('W'),
      { act: 'attach', paymentId: 'p1' },
    ],
    [
      'activate beside one in review',
      { ...paid, known: [inReview, notified] },
      activate('A'),
      { act: 'attach', paymentId: 'p1' },
    ],
    [
      'after fulfilment',
      { status: 'fulfilled', known: [activated] },
      webhook('W'),
      { act: 'attach', paymentId: 'p1' },
    ],
  ])('attaches the second word about a payment: %s', judges);

  it.each<Row>([
    [
      'a repeated activate',
      { ...paid, known: [activated] },
      activate('A'),
      { act: 'known', paymentId: 'p1' },
    ],
    ['a repeated webhook', { ...paid, known: [notified] }, webhook('W'), { act: 'known', paymentId: 'p1' }],
    ['either after both', { ...paid, known: [both] }, webhook('W'), { act: 'known', paymentId: 'p1' }],
    ['a repeated webhook in review', { known: [inReview] }, webhook('R'), { act: 'known', paymentId: 'p2' }],
  ])('knows what it was told before: %s', judges);

  it.each<Row>([
    [
      'after activate',
      { ...paid, known: [activated] },
      activate('B'),
      { act: 'already_paid', reference: 'A' },
    ],
    [
      'after activate and webhook',
      { ...paid, known: [both] },
      activate('W'),
      { act: 'already_paid', reference: 'A' },
    ],
    [
      'after fulfilment',
      { status: 'fulfilled', known: [both] },
      activate('B'),
      { act: 'already_paid', reference: 'A' },
    ],
  ])('refuses activate with another reference: %s', judges);

  it('refuses activate with the reference of a payment in review', () => {
    judges('', { known: [inReview] }, activate('R'), { act: 'in_review' });
  });

  it('never takes a payment for an order that has one, whatever the states', () => {
    for (const status of orderStatuses) {
      for (const reservationStatus of reservationStatuses) {
        for (const known of [activated, notified, both]) {
          for (const incoming of [activate('A'), activate('B'), webhook('W'), webhook('X'), webhook('A')]) {
            const { act } = judgePayment({ ...unpaid, status, reservationStatus, known: [known] }, incoming);
            expect(['take', 'take_late']).not.toContain(act);
          }
        }
      }
    }
  });

  it('says the same again once its own judgement is on record', () => {
    for (const incoming of [activate('A'), webhook('W'), webhook('W', { amount: 1 })]) {
      const first = judgePayment(unpaid, incoming);
      const onRecord = payment({
        reference: incoming.reference,
        activationReference: incoming.via === 'activate' ? incoming.reference : null,
        notifiedReference: incoming.via === 'webhook' ? incoming.reference : null,
        verdict: first.act === 'review' ? 'review' : 'accepted',
      });
      expect(judgePayment({ ...unpaid, known: [onRecord] }, incoming)).toEqual({
        act: 'known',
        paymentId: 'p1',
      });
    }
  });
});

function judges(
  _what: string,
  order: Partial<OrderToPay>,
  incoming: IncomingPayment,
  judgement: Partial<Judgement>,
) {
  expect(judgePayment({ ...unpaid, ...order }, incoming)).toMatchObject(judgement);
}
