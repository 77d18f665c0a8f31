import { afterAll } from '@jest/globals';
import { createActivities } from '../../activities/index.ts';
import { signNewTicket } from '../../src/tickets/sign-new-ticket.ts';
import { type House, openHouse } from './house.ts';
import { openRuns, type Runs } from './runs.ts';

/** A house with a look at its runs for all tests of a file, which is closed behind them. */
export async function openHouseWithRuns(
  options: Parameters<typeof openHouse>[0] = {},
): Promise<{ house: House; runs: Runs }> {
  const house = await openHouse(options);
  const runs = openRuns();
  afterAll(async () => {
    await runs.close();
    await house.close();
  });
  return { house, runs };
}

/** The activities as a worker of the house has them, for a test that calls them itself. */
export const activitiesOf = (house: House) =>
  createActivities({
    fork: () => house.em(),
    signTicket: () => signNewTicket(house.config.signingKeys),
    timeZone: house.config.timeZone,
    noteIssued: () => {},
  });
