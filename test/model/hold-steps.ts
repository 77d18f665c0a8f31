import * as fc from 'fast-check';
import { addHold, endHold, expectedOfReserve } from './holds.ts';
import { channels, productIds } from './state.ts';
import { mostly, pick, recent, seldom, step, told } from './step.ts';

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
const hasHolds = ({ holds }: { holds: unknown[] }) => holds.length > 0;

export const reserve = step(
  'reserve',
  fc.record({
    channel: fc.constantFrom(...channels),
    product: fc.constantFrom(...productIds),
    quantity: fc.integer({ min: 1, max: 7 }),
    hours: fc.integer({ min: 1, max: 20 }),
    twice: fc.boolean(),
  }),
  {
    act: async (world, { house }, { channel, product, quantity, hours, twice }) => {
      const units = { [product]: quantity };
      const expected = expectedOfReserve(world, channel, units);
      const endsAt = inHours(hours);
      const ask = { product_id: product, quantity, reservation_expires_at: endsAt };
      const asking = { key: channel, headers: { 'Idempotency-Key': `r-${world.holds.length}-${endsAt}` } };
      const answer = await house.post('/api/ota/reserve', ask, asking);
      const last = twice ? await house.post('/api/ota/reserve', ask, asking) : answer;
      const id: string = answer.body.reservation_id;
      const isRepeat = last.body.reservation_id === id;
      if (expected === '201') addHold(world, { id, channel, units, endsAt });
      return { expected, answered: isRepeat ? told(last) : 'another reservation for the same key' };
    },
  },
);

const isHeld = ({ status }: { status: string }) => status === 'held';

export const release = step('release', fc.record({ back: recent, ended: seldom }), {
  possible: hasHolds,
  act: async (world, { house }, { back, ended: any }) => {
    const hold = pick(mostly(world.holds, isHeld, any), back);
    const ended = hold.status !== 'held' && hold.status !== 'released';
    endHold(world, hold, 'released');
    const answer = await house.delete(`/api/ota/reservations/${hold.id}`, { key: hold.channel });
    return { expected: ended ? '409 RESERVATION_NOT_HELD' : '200', answered: told(answer), what: hold.id };
  },
});

export const extend = step(
  'extend',
  fc.record({ back: recent, ended: seldom, hours: fc.integer({ min: 1, max: 26 }) }),
  {
    possible: hasHolds,
    act: async (world, { house }, { back, ended, hours }) => {
      const hold = pick(mostly(world.holds, isHeld, ended), back);
      const until = inHours(hours);
      const tooLate = hours >= 24;
      const isLater = until > hold.endsAt;
      const held = hold.status === 'held';
      const answer = await house.post(
        `/api/ota/reservations/${hold.id}/extend`,
        { reservation_expires_at: until },
        { key: hold.channel },
      );
      const fits = isLater && !tooLate;
      if (held && fits) hold.endsAt = until;
      const expected = !held ? '409 RESERVATION_NOT_HELD' : fits ? '200' : '422 VALIDATION_FAILED';
      return { expected, answered: told(answer), what: `${hold.id} to ${until}` };
    },
  },
);

export const releaseByOperator = step('release by an operator', fc.record({ back: recent, ended: seldom }), {
  possible: hasHolds,
  act: async (world, { house }, { back, ended: any }) => {
    const hold = pick(mostly(world.holds, isHeld, any), back);
    const ended = hold.status !== 'held' && hold.status !== 'released';
    endHold(world, hold, 'released');
    const answer = await house.post(`/api/admin/reservations/${hold.id}/release`, undefined, {
      key: 'admin',
    });
    return { expected: ended ? '409 RESERVATION_NOT_HELD' : '200', answered: told(answer), what: hold.id };
  },
});

/** So few hours that no sequence comes to the end of a hold's seven days. */
export const extendByOperator = step(
  'extend by an operator',
  fc.record({ back: recent, ended: seldom, hours: fc.integer({ min: 1, max: 2 }), twice: fc.boolean() }),
  {
    possible: hasHolds,
    act: async (world, { house }, { back, ended, hours, twice }) => {
      const hold = pick(mostly(world.holds, isHeld, ended), back);
      const headers = { 'Idempotency-Key': `e-${hold.id}-${hold.endsAt}` };
      const ask = () =>
        house.post(`/api/admin/reservations/${hold.id}/extend`, { hours }, { key: 'admin', headers });
      const answer = await ask();
      const last = twice ? await ask() : answer;
      const held = hold.status === 'held';
      if (held) hold.endsAt = new Date(Date.parse(hold.endsAt) + hours * HOUR_MS).toISOString();
      const isThatEnd = !held || last.body.reserved_until === hold.endsAt;
      return {
        expected: held ? '200' : '409 RESERVATION_NOT_HELD',
        answered: isThatEnd ? told(last) : 'another end for the same key',
        what: `${hold.id} by ${hours} h`,
      };
    },
  },
);

/** The deadline strikes: the row's end lies behind, and the sweep tells its run. */
export const deadline = step('deadline', fc.record({ back: recent, ended: seldom }), {
  possible: hasHolds,
  act: async (world, { house }, { back, ended }) => {
    const hold = pick(mostly(world.holds, isHeld, ended), back);
    await house.sql(
      `update channel_reservations set expires_at = clock_timestamp() - interval '2 minutes' where reservation_id = $1`,
      [hold.id],
    );
    endHold(world, hold, 'expired');
    return { expected: 'strikes', answered: 'strikes', what: hold.id };
  },
});

/** A run that is told to look again without a reason changes nothing. */
export const wake = step('wake', recent, {
  possible: hasHolds,
  act: async (world, { house }, back) => {
    const hold = pick(world.holds, back);
    await house.sql(
      `insert into workflow_commands (workflow_id, kind, payload, due_at)
       select workflow_id, 'wake_reservation', payload, clock_timestamp() from workflow_commands
        where workflow_id = $1 limit 1`,
      [`reservation:${hold.id}`],
    );
    return { expected: 'looks', answered: 'looks', what: hold.id };
  },
});
