import type { House } from '../support/house.ts';
import { accountOf } from './holds.ts';
import { channels, poolOf, productIds, type World } from './state.ts';

/** What can be seen of a world from outside: the same of the model and of the house, to be compared. */
export type View = {
  pools: Record<string, { allocated: number; reserved: number; sold: number }>;
  holds: Record<string, unknown>;
  orders: Record<string, unknown>;
};

export function viewOfModel(world: World): View {
  return {
    pools: Object.fromEntries(
      channels.flatMap((channel) =>
        productIds.map((product) => [`${product}/${channel}`, poolOf(world, channel, product)]),
      ),
    ),
    holds: Object.fromEntries(
      world.holds.map((hold) => [
        hold.id,
        {
          status: hold.status,
          units: accountOf(world, hold),
          until: hold.status === 'held' ? hold.endsAt : null,
        },
      ]),
    ),
    orders: Object.fromEntries(
      world.orders.map((order) => [
        order.id,
        {
          status: order.status,
          payments: sorted(
            order.payments.map(({ reference, verdict, amount, currency, refund }) =>
              JSON.stringify({ reference, verdict, amount, currency, refund }),
            ),
          ),
          tickets: order.tickets,
        },
      ]),
    ),
  };
}

type Seen = {
  payment_id: string;
  refund_id: string;
  order_id: string;
  payment_reference: string;
  verdict: string;
};
type SeenPool = { channel: string; allocated: number; reserved: number; sold: number };
type SeenTicket = {
  ticket_code: string;
  qr_code: string;
  status: string;
  entitlements: { function_code: string; remaining: number }[];
};

/**
 * The house's own view, over HTTP as operators and partners see it, and what its ids are: of everything that
 * was made after `since`. Ids grow with time, and lists begin with the newest.
 */
export async function viewOfHouse(house: House, since: string) {
  const list = async (path: string, id?: string) => {
    const answer = await house.get(`${path}?limit=200`, { key: 'admin' });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    const items: Record<string, string>[] = answer.body.items;
    // oxlint-disable-next-line typescript/no-explicit-any -- each list has items of its own shape
    return items.filter((item) => id === undefined || (item[id] ?? '') > since) as any[];
  };
  const [products, holds, orders, payments, refunds] = await Promise.all([
    list('/api/admin/inventory'),
    list('/api/ota/reservations', 'reservation_id'),
    list('/api/ota/orders', 'order_id'),
    list('/api/admin/payments', 'payment_id'),
    list('/api/admin/refunds', 'refund_id'),
  ]);
  const tickets: Record<string, SeenTicket[]> = {};
  await Promise.all(
    orders.map(async ({ order_id: id }) => {
      tickets[id] = await list(`/api/ota/orders/${id}/tickets`);
    }),
  );

  const isOurs = ({ product_id, channel }: { product_id: number; channel: string }) =>
    (productIds as readonly number[]).includes(product_id) &&
    (channels as readonly string[]).includes(channel);
  const refundOf = new Map(refunds.map((refund: Seen & { status: string }) => [refund.payment_id, refund]));
  const view: View = {
    pools: Object.fromEntries(
      products.flatMap((product: { product_id: number; channels: SeenPool[] }) =>
        product.channels
          .filter(({ channel }) => isOurs({ product_id: product.product_id, channel }))
          .map(({ channel, allocated, reserved, sold }) => [
            `${product.product_id}/${channel}`,
            { allocated, reserved, sold },
          ]),
      ),
    ),
    holds: Object.fromEntries(
      holds.map((hold: { reservation_id: string; status: string; units: object; reserved_until: string }) => [
        hold.reservation_id,
        {
          status: hold.status,
          units: hold.units,
          until: hold.status === 'held' ? hold.reserved_until : null,
        },
      ]),
    ),
    orders: Object.fromEntries(
      orders.map((order: { order_id: string; status: string }) => [
        order.order_id,
        {
          status: order.status,
          payments: sorted(
            payments
              .filter((payment: Seen) => payment.order_id === order.order_id)
              .map((payment: Seen & { verdict: string; paid: { amount: number; currency: string } }) =>
                JSON.stringify({
                  reference: payment.payment_reference,
                  verdict: payment.verdict,
                  amount: payment.paid.amount,
                  currency: payment.paid.currency,
                  refund:
                    (refundOf.get(payment.payment_id) as { status: string } | undefined)?.status ?? null,
                }),
              ),
          ),
          tickets: (tickets[order.order_id] ?? []).map(({ status, entitlements }) => ({
            status,
            remaining: Object.fromEntries(
              entitlements.map(({ function_code, remaining }) => [function_code, remaining]),
            ),
          })),
        },
      ]),
    ),
  };
  return { view, payments: payments as Seen[], refunds: refunds as Seen[], tickets };
}

export type Sight = Awaited<ReturnType<typeof viewOfHouse>>;

const sorted = (texts: string[]) => texts.toSorted();
