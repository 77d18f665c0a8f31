import type { Router } from '@koa/router';
import { hashApiKey } from '../../accept/create-key.ts';
import * as contract from '../../contract/operator-session.ts';
import { ApiKey } from '../../db/entities/partner.ts';
import { type Caller, presentedKey } from '../auth.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';
import { endedSession, openSession } from '../session.ts';

/** The session of an operator's page, in place of the key. */
export function operatorSessionRoutes(router: Router, services: Services): void {
  const { config, now } = services;

  route(router, services, contract.openOperatorSession, async ({ ctx, caller }) => {
    const { signingKeys, publicUrl } = config;
    const keyHash = hashApiKey(presentedKey(ctx) ?? '');
    const { cookie, endsAt } = await openSession('operator', signingKeys, keyHash, now(), publicUrl);
    return {
      status: 201,
      body: await showSession(services, caller, endsAt),
      headers: { 'Set-Cookie': cookie },
    };
  });

  route(router, services, contract.getOperatorSession, async ({ ctx, caller }) => ({
    status: 200,
    body: await showSession(services, caller, ctx.state.sessionEndsAt as Date | undefined),
  }));

  route(router, services, contract.endOperatorSession, () => ({
    status: 200,
    body: { ended: true },
    headers: { 'Set-Cookie': endedSession('operator', config.publicUrl) },
  }));
}

async function showSession({ fork }: Services, caller: Caller, endsAt: Date | undefined) {
  const { label, prefix, expiresAt } = await fork().findOneOrFail(ApiKey, caller.key_id);
  const ends = [endsAt, expiresAt].filter((end) => end instanceof Date);
  const first = ends.toSorted((a, b) => a.getTime() - b.getTime())[0];
  return {
    partner_id: caller.partner_id,
    name: caller.partner_name,
    label: label ?? null,
    key_prefix: prefix,
    expires_at: first?.toISOString() ?? null,
  };
}
