import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { House } from './house.ts';
import { orderBecomes } from './runs.ts';
import { ordered, reserved } from './sale.ts';

/** The id of an order of so many tickets, issued; needs a worker. */
export async function largeOrder(house: House, units: number): Promise<string> {
  const { order_id: orderId } = await ordered(house, await reserved(house, units, 107), units);
  await house.notify(orderId);
  await orderBecomes(house, orderId, 'fulfilled', 25_000);
  return orderId;
}

/** Begins to fetch an order's tickets as an agency, and goes away in the middle. */
export async function fetchAndGoAway(house: House, orderId: string, accept: string): Promise<void> {
  const request = get(`${house.url}/api/ota/orders/${orderId}/tickets`, {
    headers: { 'X-API-Key': house.keys.ota, Accept: accept },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  await once(response, 'data');
  response.destroy();
}

/** Lends out connections of a house and counts how often: each read of a stream takes one. */
export function countingForks(house: House) {
  let reads = 0;
  const fork = () => {
    reads += 1;
    return house.em();
  };
  return { fork, reads: () => reads };
}
