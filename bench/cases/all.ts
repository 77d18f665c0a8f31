import type { Case } from './case.ts';
import { acceptance } from './acceptance.ts';
import { inventory } from './inventory.ts';
import { reserve } from './reserve.ts';

/** Every case, in the order of a run: those without runs first, for their worker is not needed yet. */
export const cases: Case[] = [acceptance, reserve, inventory];
