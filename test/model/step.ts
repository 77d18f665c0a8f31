import { expect } from '@jest/globals';
import * as fc from 'fast-check';
import { commandOverdueWork } from '../../src/db/queries/open-work.ts';
import { type Answer, eventually, type House } from '../support/house.ts';
import type { World } from './state.ts';
import { type Sight, viewOfHouse, viewOfModel } from './view.ts';

/** The house with what was last seen of it, since the sequence began: the ids and codes that the model lacks. */
export type Real = { house: House; since: string; seen: Sight; tally: Map<string, number> };
export type Step = fc.AsyncCommand<World, Real>;

type Outcome = {
  expected: string;
  answered: string;
  /** With what it was done, for whoever reads a sequence that failed. */
  what?: string;
  /** What came of it, where the answer does not tell. */
  came?: string;
};
type Act<T> = {
  /** Whether the world has something that this can be done with. */
  possible?: (world: World) => boolean;
  /** Does it to the house and to the model, and returns what the model expects and what was answered. */
  act: (world: World, real: Real, choice: T) => Promise<Outcome>;
};

/**
 * One kind of step in a sequence: the answer must be the one that the model expects, and when the house's
 * runs are quiet again, all that can be seen of it must be as in the model.
 */
export function step<T>(
  name: string,
  choices: fc.Arbitrary<T>,
  { possible, act }: Act<T>,
): fc.Arbitrary<Step> {
  return choices.map((choice) => {
    let done = JSON.stringify(choice);
    return {
      check: (world) => possible?.(world) ?? true,
      run: async (world, real) => {
        const { expected, answered, what, came } = await act(world, real, choice);
        done = `${what ?? JSON.stringify(choice)} → ${answered}`;
        const kind = `${name} ${expected}${came ? `, ${came}` : ''}`;
        real.tally.set(kind, (real.tally.get(kind) ?? 0) + 1);
        expect([name, answered]).toEqual([name, expected]);
        await quiet(real.house);
        real.seen = await viewOfHouse(real.house, real.since);
        expect(real.seen.view).toEqual(viewOfModel(world));
      },
      toString: () => `${name}(${done})`,
    };
  });
}

/** An answer in two words: its status, and which refusal or outcome it is. */
export function told({ status, body }: Answer): string {
  return [status, body?.code ?? body?.activation_status ?? ''].join(' ').trim();
}

/** Waits until no run has anything to do: nothing paid without tickets, undecided, overdue or undelivered. */
async function quiet(house: House): Promise<void> {
  await eventually('the runs being quiet', async () => {
    await commandOverdueWork(house.em());
    const [row] = await house.sql<{ quiet: boolean }>(
      `select not exists (select from orders where status = 'paid')
          and not exists (select from payments where awaits_units)
          and not exists (select from channel_reservations where status = 'held' and expires_at <= clock_timestamp())
          and not exists (select from workflow_commands where delivered_at is null) as quiet`,
    );
    return row?.quiet;
  });
}

/** One of the last few of a list, so that a story goes on with what it has begun. */
export const recent = fc.nat({ max: 3 });
export function pick<T>(list: T[], back: number): T {
  const found = list[list.length - 1 - (back % list.length)];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}

/** Those of a list that something can happen to; now and then all of them, also where there are none. */
export function mostly<T>(list: T[], isApt: (one: T) => boolean, all: boolean): T[] {
  const apt = list.filter(isApt);
  return all || apt.length === 0 ? list : apt;
}
/** Whether this is one of the few times. */
export const seldom = fc.nat({ max: 4 }).map((chance) => chance === 4);
