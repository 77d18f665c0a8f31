import type { Caller } from './caller.ts';
import { chanceFrom } from './chance.ts';
import { type Sale, runFlow } from './flow.ts';
import { seed } from './form.ts';

/** Sales under way: what the clients have been told so far, and the end of it all. */
export type Selling = { sales: Sale[]; ended: Promise<void>; hasEnded(): boolean };

/** So many customers in all, or new ones until a time (ms). */
type Size = { clients: number } & ({ flows: number } | { until: number });

/** Sends customers, one after the other, to each of several clients. `onSale` is told of each that has gone. */
export function sell(caller: Caller, size: Size, onSale: (sold: number) => void = () => {}): Selling {
  const sales: Sale[] = [];
  let begun = 0;
  let over = false;
  const more = () => ('flows' in size ? begun < size.flows : Date.now() < size.until);
  const client = async () => {
    while (more()) {
      const number = begun;
      begun += 1;
      sales.push(await runFlow(caller, `flow-${number}`, chanceFrom(seed, number)));
      onSale(sales.length);
    }
  };
  const ended = Promise.all(Array.from({ length: size.clients }, client)).then(() => undefined);
  const note = () => {
    over = true;
  };
  ended.then(note, note);
  return { sales, ended, hasEnded: () => over };
}
