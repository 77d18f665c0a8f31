import * as fc from 'fast-check';
import type { Ticket } from './state.ts';
import { pick, recent, step, told } from './step.ts';

export const scan = step(
  'scan',
  fc.record({
    back: recent,
    ticket: recent,
    /** One of the ticket's own, or, as the last one, one that it does not include. */
    function: fc.nat({ max: 6 }),
    quantity: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })),
    twice: fc.boolean(),
  }),
  {
    possible: ({ orders }) => orders.some(({ tickets }) => tickets.length > 0),
    act: async (world, { house, seen }, { back, ticket: which, function: chosen, quantity, twice }) => {
      const order = pick(
        world.orders.filter(({ tickets }) => tickets.length > 0),
        back,
      );
      const index = which % order.tickets.length;
      const ticket = pick(order.tickets, order.tickets.length - 1 - index);
      const functionCode = chosen === 6 ? 'tea_set' : pick(Object.keys(ticket.remaining), chosen);
      const expected = redeem(ticket, functionCode, quantity);
      const ask = {
        qr: seen.tickets[order.id]?.[index]?.qr_code,
        function_code: functionCode,
        quantity,
        scan_id: `${order.id}-${Date.now()}`,
      };
      const answer = await house.post('/venue/scan', ask, { key: 'gate' });
      const last = twice ? await house.post('/venue/scan', ask, { key: 'gate' }) : answer;
      const what = `${quantity} of ${functionCode}, ticket ${index} of ${order.id}`;
      return { expected, answered: told(last), what };
    },
  },
);

/** Deducts from the model's ticket, or says why not. */
function redeem(ticket: Ticket, functionCode: string, quantity: number): string {
  if (ticket.status === 'void') return '422 TICKET_VOID';
  const left = ticket.remaining[functionCode];
  if (left === undefined) return '422 WRONG_FUNCTION';
  if (left < quantity) return '422 NOTHING_REMAINING';
  ticket.remaining[functionCode] = left - quantity;
  if (Object.values(ticket.remaining).every((count) => count === 0)) ticket.status = 'redeemed';
  return '200';
}
