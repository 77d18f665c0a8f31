import type { Case } from './case.ts';
import { acceptance } from './acceptance.ts';
import { activateMany } from './activate-many.ts';
import { activateOne } from './activate-one.ts';
import { burst } from './burst.ts';
import { inventory } from './inventory.ts';
import { openLoopReserve } from './open-loop.ts';
import { packages } from './packages.ts';
import { partners } from './partners.ts';
import { reserve } from './reserve.ts';
import { scan } from './scan.ts';
import { wholeLife } from './whole-life.ts';

/** Every case, in the order of a run: the one without runs first, for its worker is not needed yet. */
export const cases: Case[] = [
  acceptance,
  reserve,
  openLoopReserve,
  burst,
  wholeLife,
  activateOne,
  activateMany,
  packages,
  partners,
  scan,
  inventory,
];
