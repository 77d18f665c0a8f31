import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { signWebhook } from '../webhooks/standard-webhook.ts';
import type { StackDescription } from './data-folder.ts';
import { type Client, DemoFailure, openClient } from './demo-api.ts';

type Placed = { order_id: string; payment_required: { amount: number } };
type Order = { order_id: string; status: string };
type Page<T> = { items: T[]; next_cursor: string | null };

const PRODUCTS = [106, 107, 108];
const UNITS = 4;
const VISIT_DATE_AHEAD_MS = 30 * 24 * 3_600_000;
const PATIENCE_MS = 120_000;
const silent = { call: () => {} };

/** What is done with a reservation, by shares of ten; four of them are sold at once. */
const fates = [
  'paid at once',
  'paid at once',
  'paid at once',
  'paid at once',
  'drawn down by two orders, the rest given back',
  'ordered, cancelled before it was paid',
  'paid, cancelled with its tickets',
  'given back, paid late',
  'paid with too little',
  'held and left alone',
] as const;
type Fate = (typeof fates)[number];

/** The agencies of the day and their payment provider. */
export function openSales(stack: StackDescription) {
  const agencies = (['ota', 'ota_2'] as const).map((name) =>
    openClient(stack.api_url, silent, stack.keys[name]),
  );
  const provider = openClient(stack.api_url, silent);
  const [first] = agencies as [Client, ...Client[]];
  const endpoints: string[] = [];

  return {
    /** Registers a webhook endpoint for each agency; `trust` is told their secrets. */
    async register(url: string, trust: (secret: string) => void): Promise<void> {
      for (const agency of agencies) {
        const { endpoint_id, secret } = await agency.post<{ endpoint_id: string; secret: string }>(
          '/api/ota/webhooks',
          { url },
        );
        trust(secret);
        endpoints.push(endpoint_id);
      }
    },

    async untilAllDelivered(): Promise<void> {
      for (const [index, agency] of agencies.entries()) {
        const path = `/api/ota/webhooks/${endpoints[index]}/deliveries?status=pending&limit=1`;
        const isDone = async () => (await agency.get<Page<unknown>>(path)).items.length === 0;
        await until('every event to be delivered', isDone);
      }
    },

    /** Works through the reservations, a few at a time; returns how many met which fate. */
    async sellAllDay(
      reservations: number,
      callers: number,
      onDone: (done: number) => void,
    ): Promise<[Fate, number][]> {
      const counts = new Map<Fate, number>();
      let next = 0;
      let done = 0;
      const work = async () => {
        while (next < reservations) {
          const number = next;
          next += 1;
          const agency = agencies[number % agencies.length] ?? first;
          const fate = fates[Math.floor(number / agencies.length) % fates.length] ?? fates[0];
          await live(agency, fate, PRODUCTS[number % PRODUCTS.length] ?? 0);
          counts.set(fate, (counts.get(fate) ?? 0) + 1);
          done += 1;
          onDone(done);
        }
      };
      await Promise.all(Array.from({ length: callers }, work));
      return [...counts];
    },

    /** A released order is paid after somebody else has taken every unit that was left: it is refunded. */
    async payWhenNothingIsLeft(): Promise<void> {
      const id = await hold(first, 107, 2);
      const order = await placeOrder(first, id, 2);
      await first.delete(`/api/ota/reservations/${id}`);
      const { available_quantities } = await first.get<{ available_quantities: Record<string, number> }>(
        '/api/ota/inventory?product_ids=107',
      );
      await hold(first, 107, available_quantities['107'] ?? 0);
      await pay(order);
      await untilItIs(first, order, 'refund_due');
    },

    async untilSettled(): Promise<void> {
      for (const agency of agencies) {
        await until('no order to wait for its tickets', async () => {
          const { items } = await agency.get<Page<Order>>('/api/ota/orders?status=paid&limit=1');
          return items.length === 0;
        });
      }
    },

    async countOrders(): Promise<number> {
      let count = 0;
      for (const agency of agencies) {
        let cursor: string | null = '';
        while (cursor !== null) {
          const page: Page<Order> = await agency.get(
            `/api/ota/orders?limit=500${cursor && `&cursor=${cursor}`}`,
          );
          count += page.items.length;
          cursor = page.next_cursor;
        }
      }
      return count;
    },
  };

  async function live(agency: Client, fate: Fate, productId: number): Promise<void> {
    const id = await hold(agency, productId, UNITS);
    switch (fate) {
      case 'held and left alone':
        return;
      case 'paid at once':
        return pay(await placeOrder(agency, id, UNITS));
      case 'drawn down by two orders, the rest given back':
        await pay(await placeOrder(agency, id, 1));
        await pay(await placeOrder(agency, id, 2));
        await agency.delete(`/api/ota/reservations/${id}`);
        return;
      case 'ordered, cancelled before it was paid':
        return cancel(agency, await placeOrder(agency, id, UNITS));
      case 'paid, cancelled with its tickets': {
        const order = await placeOrder(agency, id, UNITS);
        await pay(order);
        await untilItIs(agency, order, 'fulfilled');
        return cancel(agency, order);
      }
      case 'given back, paid late': {
        const order = await placeOrder(agency, id, UNITS);
        await agency.delete(`/api/ota/reservations/${id}`);
        await pay(order);
        return untilItIs(agency, order, 'fulfilled');
      }
      case 'paid with too little': {
        const order = await placeOrder(agency, id, UNITS);
        return pay(order, order.payment_required.amount - 100);
      }
    }
  }

  async function pay(order: Placed, amount = order.payment_required.amount): Promise<void> {
    await notify(provider, stack.webhook_secret, order.order_id, `day-${randomUUID()}`, amount);
  }
}

/** Says as the payment provider that money has moved: for an order, or back, with a refund's id as reference. */
export async function notify(
  provider: Client,
  secret: string,
  orderId: string,
  reference: string,
  amount: number,
): Promise<void> {
  const body = JSON.stringify({
    order_id: orderId,
    payment_status: 'SUCCESS',
    payment_reference: reference,
    amount,
    currency: 'HKD',
    paid_at: new Date().toISOString(),
  });
  const id = `msg_${randomUUID()}`;
  const timestamp = Math.floor(Date.now() / 1000);
  await provider.postText('/payments/notify', body, {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signWebhook(secret, id, timestamp, body),
  });
}

async function hold(agency: Client, productId: number, quantity: number): Promise<string> {
  const held = await agency.post<{ reservation_id: string }>('/api/ota/reserve', {
    product_id: productId,
    quantity,
  });
  return held.reservation_id;
}

function placeOrder(agency: Client, reservationId: string, adults: number): Promise<Placed> {
  return agency.post<Placed>('/api/ota/orders', {
    reservation_id: reservationId,
    customer_details: { name: 'Chan Tai Man', email: 'guest@example.com' },
    pricing_context: {
      visit_date: new Date(Date.now() + VISIT_DATE_AHEAD_MS).toISOString().slice(0, 10),
      customer_breakdown: [{ customer_type: 'adult', count: adults }],
    },
  });
}

async function cancel(agency: Client, order: Placed): Promise<void> {
  await agency.post(`/api/ota/orders/${order.order_id}/cancel`, { reason: 'The guests stay at home.' });
}

function untilItIs(agency: Client, { order_id: id }: Placed, wanted: string): Promise<void> {
  return until(`an order to be ${wanted}`, async () => {
    const { status } = await agency.get<Order>(`/api/ota/orders/${id}`);
    return status === wanted;
  });
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await look())) {
    if (Date.now() > deadline) throw new DemoFailure(`Waited two minutes in vain for ${what}.`);
    await pause(100);
  }
}
