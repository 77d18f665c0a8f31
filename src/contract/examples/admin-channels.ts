import {
  addCutOffRule,
  listCutOffRules,
  listInventory,
  moveAllocation,
  removeCutOffRule,
  setAllocations,
} from '../admin-channels.ts';
import { example, json, pageWith } from './example.ts';
import { ids, VISIT } from './story.ts';

const pool = (channel: string, allocated: number, reserved: number, sold: number) => ({
  channel,
  allocated,
  reserved,
  sold,
  free: allocated - reserved - sold,
});
const inventory = {
  product_id: 106,
  name: 'Premium Plan',
  sellable_cap: 3_000,
  unallocated: 0,
  channels: [pool('direct', 1_000, 0, 0), pool('ota', 2_000, 0, 3)],
};
const rule = {
  rule_id: ids.rule,
  product_id: 106,
  channel: 'ota',
  cut_off_date: VISIT,
  days_before: 3,
  keep: 100,
  created_at: '2030-05-20T09:00:00.000Z',
  applied_at: null,
  moved_units: null,
};

export const adminChannelExamples = [
  example(listInventory, { query: { limit: 50 }, answers: { 200: pageWith(inventory) } }),
  example(setAllocations, {
    params: { product_id: '106' },
    body: { sellable_cap: 3_200, allocations: { ota: 2_200 } },
    answers: {
      200: json({
        ...inventory,
        sellable_cap: 3_200,
        channels: [pool('direct', 1_000, 0, 0), pool('ota', 2_200, 0, 3)],
      }),
    },
    problems: {
      ALLOCATION_NOT_FREE: {
        detail:
          'Product 106 has 2000 units allocated to channel ota: 150 reserved, 850 sold, 1000 free; it cannot be allocated 500.',
        facts: { product_id: 106, channel: 'ota', allocated: 2_000, reserved: 150, sold: 850, free: 1_000 },
      },
    },
  }),
  example(moveAllocation, {
    body: { product_id: 106, from: 'ota', to: 'direct', units: 200 },
    answers: {
      200: json({
        product_id: 106,
        units: 200,
        from: pool('ota', 1_800, 0, 3),
        to: pool('direct', 1_200, 0, 0),
      }),
    },
  }),
  example(listCutOffRules, { query: { limit: 50 }, answers: { 200: pageWith(rule) } }),
  example(addCutOffRule, {
    body: { product_id: 106, channel: 'ota', cut_off_date: VISIT, days_before: 3, keep: 100 },
    answers: { 201: json(rule) },
    problems: {
      ALREADY_EXISTS: {
        detail: `Product 106 has a rule for channel ota and ${VISIT}. Remove that one first.`,
      },
    },
  }),
  example(removeCutOffRule, { params: { rule_id: ids.rule }, answers: { 200: json(rule) } }),
];
