import { z } from 'zod';
import { isTestChannel } from '../domain/allotment.ts';
import { afterId, afterNumber } from './cursors.ts';
import { operation } from './operation.ts';
import { channel, date, id, page, pageOf, productId, quantity, units } from './values.ts';

const pool = z.object({
  channel: z.string(),
  allocated: z.int(),
  reserved: z.int(),
  sold: z.int(),
  free: z.int().meta({ description: 'Neither reserved nor sold.' }),
});
const inventory = z
  .object({
    product_id: productId,
    name: z.string(),
    sellable_cap: z.int(),
    unallocated: z.int().meta({
      description:
        'Of the cap, in no channel’s pool. Pools of test channels, `test-…`, take nothing from it.',
    }),
    channels: z.array(pool),
  })
  .meta({ id: 'ProductInventory' });
const rule = z
  .object({
    rule_id: id,
    product_id: productId,
    channel: z.string(),
    cut_off_date: date,
    days_before: z.int(),
    keep: z.int(),
    created_at: z.iso.datetime(),
    applied_at: z.iso.datetime().nullable(),
    moved_units: z.int().nullable(),
  })
  .meta({ id: 'CutOffRule' });

const ofOperators = {
  tag: 'Operators: channels',
  caller: 'admin',
  limit: 'gate',
  session: 'operator',
} as const;

export const listInventory = operation({
  ...ofOperators,
  id: 'listInventory',
  method: 'get',
  path: '/api/admin/inventory',
  summary: 'The pools of every channel, by product',
  query: z.strictObject(page(afterNumber, 50, 500)),
  answers: { 200: { description: 'A page of products.', body: pageOf('InventoryPage', inventory) } },
  refusals: [],
});

export const setAllocations = operation({
  ...ofOperators,
  id: 'setAllocations',
  method: 'post',
  path: '/api/admin/inventory/{product_id}',
  summary: "Set a product's cap, or what channels are allocated; what is absent stays",
  idempotent: true,
  params: z.object({ product_id: z.string() }),
  body: z
    .strictObject({ sellable_cap: units.optional(), allocations: z.record(channel, units).optional() })
    .meta({ id: 'InventoryChange' }),
  answers: { 200: { description: 'The pools now.', body: inventory, headers: ['Idempotent-Replayed'] } },
  refusals: ['NOT_FOUND', 'ALLOCATION_NOT_FREE', 'ALLOCATIONS_EXCEED_CAP'],
});

export const moveAllocation = operation({
  ...ofOperators,
  id: 'moveAllocation',
  method: 'post',
  path: '/api/admin/channels/move',
  summary: 'Move free units from one channel to another, all or none; never into the sandbox or out of it',
  idempotent: true,
  body: z
    .strictObject({ product_id: productId, from: channel, to: channel, units: quantity })
    .meta({ id: 'AllocationMove' }),
  answers: {
    200: {
      description: 'Moved; both pools as they were then.',
      body: z
        .object({ product_id: productId, units: z.int(), from: pool, to: pool })
        .meta({ id: 'MovedAllocation' }),
      headers: ['Idempotent-Replayed'],
    },
  },
  refusals: ['ALLOCATION_NOT_FREE'],
});

export const listCutOffRules = operation({
  ...ofOperators,
  id: 'listCutOffRules',
  method: 'get',
  path: '/api/admin/cut-off-rules',
  summary: 'Cut-off rules, newest first',
  query: z.strictObject(page(afterId, 50, 500)),
  answers: { 200: { description: 'A page of rules.', body: pageOf('CutOffRulePage', rule) } },
  refusals: [],
});

export const addCutOffRule = operation({
  ...ofOperators,
  id: 'addCutOffRule',
  method: 'post',
  path: '/api/admin/cut-off-rules',
  summary: 'Return free units of a channel to `direct` some days before a date, once',
  idempotent: true,
  body: z
    .strictObject({
      product_id: productId,
      channel: channel
        .refine((name) => name !== 'direct', { error: 'must be another channel than direct' })
        .refine((name) => !isTestChannel(name), {
          error: 'must not be a test channel: its units are no stock',
        }),
      cut_off_date: date.meta({ format: 'date', description: 'A business day: today or later.' }),
      days_before: z.int().min(0).max(366),
      keep: units.optional().meta({ description: 'Free units that stay; none when absent.' }),
    })
    .meta({ id: 'NewCutOffRule' }),
  answers: { 201: { description: 'Added.', body: rule, headers: ['Idempotent-Replayed'] } },
  refusals: ['ALREADY_EXISTS'],
});

export const removeCutOffRule = operation({
  ...ofOperators,
  id: 'removeCutOffRule',
  method: 'delete',
  path: '/api/admin/cut-off-rules/{rule_id}',
  summary: 'Remove a rule; what it has moved stays moved',
  params: z.object({ rule_id: z.string() }),
  answers: { 200: { description: 'The rule as it was.', body: rule } },
  refusals: ['NOT_FOUND'],
});
