import type { Case } from './case.ts';
import { acceptance } from './acceptance.ts';
import { activateMany } from './activate-many.ts';
import { activateOne } from './activate-one.ts';
import { burst } from './burst.ts';
import { hotProduct } from './hot-product.ts';
import { inventory } from './inventory.ts';
import { openHolds } from './open-holds.ts';
import { openLoopReserve } from './open-loop.ts';
import { packages } from './packages.ts';
import { partners } from './partners.ts';
import { reserve } from './reserve.ts';
import { scan } from './scan.ts';
import { twoOfEach } from './two-of-each.ts';
import { wholeLife } from './whole-life.ts';

/** Every case, in the order of a run: those without runs first, for their worker is not needed yet. */
export const cases: Case[] = [
  openHolds,
  acceptance,
  hotProduct,
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
  twoOfEach,
];
