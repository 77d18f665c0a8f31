import { getReconciliation, getStatement, listStatements } from '../reconciliation.ts';
import { example, json, pageWith } from './example.ts';
import { familyPrice, money } from './prices.ts';
import { at, DAY, ids, partnerId, references } from './story.ts';

/** The day on which five units were held, three sold and two given back. */
const summary = {
  products: [
    {
      product_id: 106,
      channel: 'ota',
      opening: { reserved: 0, sold: 0 },
      movements: [
        { reason: 'held', entries: 1, reserved: 5, sold: 0 },
        { reason: 'sold', entries: 1, reserved: -3, sold: 3 },
        { reason: 'released', entries: 1, reserved: -2, sold: 0 },
      ],
      closing: { reserved: 0, sold: 3 },
      units: { reserved: 5, sold: 3, released: 2, expired: 0, refunded: 0 },
      money: [{ sold: familyPrice.total, refunded: money(0) }],
    },
  ],
  payments: [{ received: familyPrice.total, refunded: money(0) }],
};

const movement = (entryId: string, recordedAt: string, reason: string, reserved: number, sold: number) => ({
  entry_id: entryId,
  recorded_at: recordedAt,
  partner_id: partnerId,
  product_id: 106,
  channel: 'ota',
  reason,
  reserved,
  sold,
  reservation_id: ids.reservation,
  reservation_reference: references.reservation,
  order_id: null,
  order_reference: null,
  payment_ids: [],
  tickets: { issued: 0, valid: 0, redeemed: 0, void: 0 },
  redemptions: 0,
});
const held = movement('1041', at.held, 'held', 5, 0);
const sold = {
  ...movement('1042', at.paid, 'sold', -3, 3),
  order_id: ids.order,
  order_reference: references.order,
  payment_ids: [ids.payment],
  tickets: { issued: 3, valid: 3, redeemed: 0, void: 0 },
};
const givenBack = movement('1043', at.released, 'released', -2, 0);

const csv = [
  'entry_id,recorded_at,product_id,channel,reason,reserved,sold,reservation_id,reservation_reference,order_id,order_reference,payment_ids,tickets_issued,tickets_redeemed,tickets_void,redemptions',
  ',,106,ota,opening,0,0,,,,,,,,,',
  `1041,${at.held},106,ota,held,5,0,${ids.reservation},${references.reservation},,,,0,0,0,0`,
  `1042,${at.paid},106,ota,sold,-3,3,${ids.reservation},${references.reservation},${ids.order},${references.order},${ids.payment},3,0,0,0`,
  `1043,${at.released},106,ota,released,-2,0,${ids.reservation},${references.reservation},,,,0,0,0,0`,
  ',,106,ota,closing,0,3,,,,,,,,,',
  '',
].join('\n');

const statement = {
  partner_id: partnerId,
  business_date: DAY,
  created_at: '2030-06-03T16:30:00.000Z',
  ...summary,
};

export const reconciliationExamples = [
  example(getReconciliation, {
    query: { from: DAY, to: DAY, limit: 500 },
    answers: {
      200: json(
        {
          from: DAY,
          to: DAY,
          time_zone: 'Asia/Hong_Kong',
          partner_id: partnerId,
          ...summary,
          items: [held, sold, givenBack],
          next_cursor: null,
        },
        { 'text/csv': csv },
      ),
    },
    problems: {
      NOT_ACCEPTABLE: { detail: 'The reconciliation comes as application/json or text/csv.' },
      NOT_FOUND: { detail: `There is no partner ${partnerId}.` },
    },
  }),
  example(listStatements, {
    query: { from: DAY, to: DAY, limit: 31 },
    answers: { 200: pageWith(statement) },
    problems: { NOT_FOUND: { detail: `There is no partner ${partnerId}.` } },
  }),
  example(getStatement, {
    params: { date: DAY },
    query: {},
    answers: { 200: json(statement) },
    problems: { NOT_FOUND: { detail: `There is no statement ${DAY}.` } },
  }),
];
