import { randomUUID } from 'node:crypto';
import { requestsOf } from '../../test/faults/support/requests.ts';
import type { Bench } from '../support/bench.ts';
import { byRate, compare, figuresOf } from '../support/figures.ts';
import type { HttpClient } from '../support/http-client.ts';
import { addLimitTickets } from '../support/limit-tickets.ts';
import { inTurn } from '../support/rounds.ts';
import type { Agency } from '../support/set-up.ts';
import { atLeast, type Case } from './case.ts';
import { json, load, withCallers } from './reserving.ts';
import { activate, orderUnits } from './selling.ts';

const CALLERS = 16;
const TICKETS = 2_000;
const FUNCTION = 'playground_tokens';
/** Each adds 50 tokens to the 10 of the ticket: enough for any run. */
const ADDON = 'tokens-plan-c';

export const scan: Case = {
  name: 'scan',
  title: 'scan at 16 callers',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, CALLERS, async (api, limits) => {
      const slices = await inTurn(
        bench,
        { rounds: bench.byForm(2, 5), seconds: bench.byForm(0.7, 3) },
        {
          scan: load(bench, CALLERS, await scanTickets(bench, api)),
          limit: load(bench, CALLERS, await scanBarely(bench, limits)),
        },
      );
      const comparison = compare(slices.scan, slices.limit, byRate);
      return [
        {
          what: 'scan, 16 callers',
          figures: figuresOf(slices.scan),
          limit: figuresOf(slices.limit),
          comparison,
          target: atLeast(0.5, comparison.ratio),
          note: `${TICKETS} tickets in turn`,
        },
      ];
    }),
};

async function scanTickets({ stack, agencies }: Bench, api: HttpClient) {
  const agency = agencies[0] as Agency;
  const { orderId } = await orderUnits(api, agency, TICKETS, {
    addons: [{ addon_id: ADDON, quantity: TICKETS }],
  });
  const codes = (await activate(api, agency, orderId)).map((ticket) => ticket.qr_code);
  const gate = requestsOf(stack);
  let scans = 0;
  return async () => {
    scans += 1;
    const body = { qr: codes[scans % codes.length], function_code: FUNCTION, scan_id: randomUUID() };
    await api.ask(gate.post('/venue/scan', body, { key: 'gate' }), 200);
  };
}

async function scanBarely({ stack }: Bench, limits: HttpClient) {
  const codes = await addLimitTickets(stack.limitsDatabaseUrl, TICKETS);
  let scans = 0;
  return async () => {
    scans += 1;
    const ticket_code = codes[scans % codes.length];
    const body = JSON.stringify({ ticket_code, function_code: FUNCTION, quantity: 1 });
    await limits.ask({ method: 'POST', path: '/scan', headers: json, body }, 200);
  };
}
