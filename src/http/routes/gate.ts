import type { Router } from '@koa/router';
import { hashApiKey } from '../../accept/create-key.ts';
import * as contract from '../../contract/gate.ts';
import { listRevocations } from '../../db/queries/list-revocations.ts';
import { readGate } from '../../db/queries/read-gate.ts';
import { presentedKey } from '../auth.ts';
import { pageOf } from '../lists.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';
import { endedSession, openSession } from '../session.ts';

/** What the page at /gate works with, beside the scan. */
export function gateRoutes(router: Router, services: Services): void {
  const { config, fork, now } = services;

  route(router, services, contract.openGateSession, async ({ ctx }) => {
    const keyHash = hashApiKey(presentedKey(ctx) ?? '');
    const { signingKeys, publicUrl } = config;
    const { cookie, endsAt } = await openSession('gate', signingKeys, keyHash, now(), publicUrl);
    return {
      status: 201,
      body: { expires_at: endsAt.toISOString() },
      headers: { 'Set-Cookie': cookie },
    };
  });

  route(router, services, contract.endGateSession, () => ({
    status: 200,
    body: { ended: true },
    headers: { 'Set-Cookie': endedSession('gate', config.publicUrl) },
  }));

  route(router, services, contract.getGate, async ({ caller }) => {
    const venueCode = caller.scope.venue_code ?? null;
    const gate = await readGate(fork(), venueCode);
    return { status: 200, body: { name: caller.partner_name, venue_code: venueCode, ...gate } };
  });

  route(router, services, contract.listRevocations, async ({ query, caller }) => {
    const { since = null, cursor: after, limit } = query;
    const partnerId = caller.scope.partner_id ?? null;
    const found = await listRevocations(fork(), { partnerId, since, after, limit: limit + 1 });
    const { items, next_cursor } = pageOf(found.codes, limit, (code) => `${code.at}/${code.ticket_code}`);
    return {
      status: 200,
      body: { items: items.map(({ ticket_code }) => ticket_code), next_cursor, as_of: found.asOf },
    };
  });
}
