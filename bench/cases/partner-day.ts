import { randomUUID } from 'node:crypto';
import { breakdown, customer, SATURDAY } from '../../test/support/sale.ts';
import type { HttpClient } from '../support/http-client.ts';
import { type Agency, PRODUCTS } from '../support/set-up.ts';

/** What a partner asks, in this order and again from the start. */
const day = ['inventory', 'reserve', 'order', 'list', 'pay', 'inventory', 'tickets', 'scan'] as const;
export type Endpoint = Exclude<(typeof day)[number], 'pay'> | 'activate' | 'webhook';

const UNITS = 2;
const FUNCTION = 'playground_tokens';

/**
 * A partner who sells one order after the other. `next` sends what is due, whether or not that before is
 * answered; where it would need the answer and has none yet, it reads the inventory
 * instead. Partners who begin at different steps do not all ask the same at once. Returns what was sent.
 */
export function openPartner(http: HttpClient, agency: Agency, gate: Agency, firstStep: number) {
  let step = firstStep;
  let reservationId: string | undefined;
  let orderId: string | undefined;
  let paidId: string | undefined;
  let qr: string | undefined;

  const inventory = async (): Promise<Endpoint> => {
    await http.ask(agency.get('/api/ota/inventory'), 200);
    return 'inventory';
  };
  const steps: Record<(typeof day)[number], (round: number) => Promise<Endpoint>> = {
    inventory,
    async reserve() {
      const body = { product_id: PRODUCTS[0], quantity: UNITS };
      const told = await http.ask(agency.post('/api/ota/reserve', body), 201);
      reservationId = (JSON.parse(told) as { reservation_id: string }).reservation_id;
      return 'reserve';
    },
    async order() {
      const id = reservationId;
      reservationId = undefined;
      if (!id) return inventory();
      const body = {
        reservation_id: id,
        customer_details: customer,
        pricing_context: { visit_date: SATURDAY, customer_breakdown: breakdown(UNITS) },
      };
      const told = await http.ask(agency.post('/api/ota/orders', body), 201);
      orderId = (JSON.parse(told) as { order_id: string }).order_id;
      return 'order';
    },
    async list() {
      await http.ask(agency.get('/api/ota/reservations'), 200);
      return 'list';
    },
    async pay(round) {
      const id = orderId;
      orderId = undefined;
      if (!id) return inventory();
      paidId = id;
      if (round % 2 === 0) {
        await http.ask(agency.notification(id, `pay-${id}`), 200);
        return 'webhook';
      }
      const payment = { order_id: id, payment_reference: `pay-${id}` };
      await http.ask(agency.post('/api/ota/activate', payment), 200, 202);
      return 'activate';
    },
    async tickets() {
      const id = paidId;
      paidId = undefined;
      if (!id) return inventory();
      const told = await http.ask(agency.get(`/api/ota/orders/${id}/tickets`), 200);
      qr = (JSON.parse(told) as { items: { qr_code: string }[] }).items[0]?.qr_code;
      return 'tickets';
    },
    async scan() {
      const code = qr;
      qr = undefined;
      if (!code) return inventory();
      const body = { qr: code, function_code: FUNCTION, scan_id: randomUUID() };
      await http.ask(gate.post('/venue/scan', body, { key: 'gate' }), 200);
      return 'scan';
    },
  };

  return {
    next(): Promise<Endpoint> {
      const [name, round] = [day[step % day.length] as (typeof day)[number], Math.floor(step / day.length)];
      step += 1;
      return steps[name](round);
    },
  };
}
