import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A place with a gate. Where any is on record, scans must name one of them. */
export const Venue = defineEntity({
  name: 'Venue',
  tableName: 'venues',
  properties: {
    venueCode: p.text().primary(),
    name: p.text(),
    createdAt: p.datetime().defaultRaw('clock_timestamp()'),
  },
});
export type Venue = InferEntity<typeof Venue>;

/** Some days before a date, a channel's free units go back to `direct`, all but `keep`; once. */
export const CutOffRule = defineEntity({
  name: 'CutOffRule',
  tableName: 'cut_off_rules',
  properties: {
    ruleId: p.uuid().primary(),
    productId: p.integer(),
    channel: p.text(),
    cutOffDate: p.date(),
    daysBefore: p.integer(),
    keep: p.integer(),
    createdAt: p.datetime().defaultRaw('clock_timestamp()'),
    appliedAt: p.datetime().nullable(),
    movedUnits: p.integer().nullable(),
  },
});
export type CutOffRule = InferEntity<typeof CutOffRule>;
