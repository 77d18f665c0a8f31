import type { Router } from '@koa/router';
import * as contract from '../../contract/dashboard.ts';
import { findMatches, type Sought } from '../../db/queries/find-matches.ts';
import { readTrails } from '../../db/queries/read-trails.ts';
import { Refusal } from '../../domain/errors.ts';
import { presentMatch } from '../present/trails.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

const MOST_MATCHES = 10;

/** What the page at /dashboard shows. */
export function dashboardRoutes(router: Router, services: Services): void {
  const { config, overview, feed, reports } = services;

  route(router, services, contract.getOverview, async () => ({ status: 200, body: await overview.read() }));

  route(router, services, contract.followOverview, ({ ctx, caller }) => {
    // Named and not merely accepted: it never ends, which nobody gets who has not asked for it.
    if (!ctx.get('Accept').includes('text/event-stream')) {
      throw new Refusal('NOT_ACCEPTABLE', 'The events come as text/event-stream; name it in Accept.');
    }
    return {
      status: 200,
      body: feed.open(ctx.res, caller.key_id, ctx.state.sessionEndsAt as Date | undefined),
      // Some proxies hold an answer back until they have enough of it.
      headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' },
    };
  });

  route(router, services, contract.searchSales, async ({ query }) => {
    const matches = await findMatches(reports(), soughtBy(query.q), MOST_MATCHES);
    const trails = await readTrails(reports(), matches);
    return { status: 200, body: { matches: trails.map((trail) => presentMatch(trail, config)) } };
  });
}

/** People paste what they have: with blanks around it, the id of a run, the address of a ticket. */
function soughtBy(asked: string): Sought {
  const text = asked.trim();
  return {
    text,
    id: /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/i.exec(text)?.[0] ?? null,
    ticketCode: /\b[A-Z2-7]{26}\b/i.exec(text)?.[0].toUpperCase() ?? null,
  };
}
