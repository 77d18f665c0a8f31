import type { StackDescription } from './data-folder.ts';
import { openClient } from './demo-api.ts';
import { notify } from './demo-day-sales.ts';
import type { Screen } from './demo-screen.ts';

type Refund = { refund_id: string; order_id: string; amount: { amount: number } };
type Page<T> = { items: T[] };

const silent = { call: () => {} };

/** The operator of the day: moves units, decides on payments, sees to refunds. */
export function openOperator(screen: Screen, stack: StackDescription) {
  const admin = openClient(stack.api_url, silent, stack.keys.admin);
  const provider = openClient(stack.api_url, silent);

  return {
    async reallocate(): Promise<void> {
      screen.step('The operator moves 100 units of product 106 from the agencies to the own shop');
      type Pool = { channel: string; allocated: number; available: number };
      const { from, to } = await admin.post<{ from: Pool; to: Pool }>('/api/admin/channels/move', {
        product_id: 106,
        from: 'ota',
        to: 'direct',
        units: 100,
      });
      screen.table([from, to].map(({ channel, allocated }) => [channel, `${allocated} allocated`]));
    },

    /** Every second payment under review is accepted, the others go back. */
    async decideOpenCases(): Promise<void> {
      const { items } = await admin.get<Page<{ payment_id: string }>>(
        '/api/admin/payments?verdict=review&limit=500',
      );
      screen.step(`The operator decides on ${items.length} payments of another amount`);
      for (const [index, { payment_id: id }] of items.entries()) {
        if (index % 2 === 0) await admin.post(`/api/admin/payments/${id}/accept`, {});
        else await admin.post(`/api/admin/payments/${id}/refund`, { reason: 'Another amount was agreed.' });
      }
    },

    /** Half of the refunds are noted by hand, the others by the payment provider. */
    async payRefundsOut(): Promise<void> {
      const { items } = await admin.get<Page<Refund>>('/api/admin/refunds?status=due&limit=500');
      screen.step(`${items.length} refunds are paid out`);
      for (const [index, { refund_id: id, order_id, amount }] of items.entries()) {
        if (index % 2 === 0) await admin.post(`/api/admin/refunds/${id}/settle`, {});
        else await notify(provider, stack.webhook_secret, order_id, id, amount.amount);
      }
    },
  };
}
