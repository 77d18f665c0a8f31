import { type Agency, PRODUCTS } from '../support/set-up.ts';
import type { Bench } from '../support/bench.ts';
import { closedLoop, type Operation } from '../support/load.ts';
import { type HttpClient, openHttpClient } from '../support/http-client.ts';

/** Reserves by callers of several agencies, a unit at a time, on products in turn. */
export function reserveBy(http: HttpClient, agencies: Agency[], products: number[] = PRODUCTS): Operation {
  let sent = 0;
  return async (caller) => {
    sent += 1;
    const agency = agencies[caller % agencies.length] as Agency;
    const body = { product_id: products[sent % products.length], quantity: 1 };
    await http.ask(agency.post('/api/ota/reserve', body), 201);
  };
}

/** The same load on the bare handler. */
export function reserveBarely(http: HttpClient, products: number[] = PRODUCTS): Operation {
  let sent = 0;
  return async () => {
    sent += 1;
    const body = JSON.stringify({ product_id: products[sent % products.length], quantity: 1 });
    await http.ask({ method: 'POST', path: '/reserve', headers: json, body }, 201);
  };
}

export const json = { 'Content-Type': 'application/json' };

/** Connections to the API and to the limits for so many callers, closed after use. */
export async function withCallers<T>(
  { api, limits }: Bench,
  callers: number,
  use: (api: HttpClient, limits: HttpClient) => Promise<T>,
): Promise<T> {
  const clients = [openHttpClient(api.url, callers), openHttpClient(limits.url, callers)] as const;
  try {
    return await use(...clients);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

/** A side of a comparison: so many callers for the seconds of the slice. */
export const load =
  (bench: Bench, callers: number, operation: Operation, settle?: () => Promise<void>) => (seconds: number) =>
    bench.measure(() => closedLoop(callers, { seconds }, operation), settle);
