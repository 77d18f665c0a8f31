import type { Router } from '@koa/router';
import * as keys from '../../accept/manage-keys.ts';
import { changePartner, createPartner, type PartnerChange } from '../../accept/manage-partners.ts';
import * as contract from '../../contract/admin-partners.ts';
import { ApiKey, Partner } from '../../db/entities/partner.ts';
import { pageOf, readIdCursor, readTextCursor } from '../lists.ts';
import { toNewKey } from '../operator-requests.ts';
import { presentKey, presentPartner } from '../present/operators.ts';
import { knownPartnerId, knownUuid, readKey, readPartner } from '../read-operators.ts';
import { acceptingFor, route } from '../route.ts';
import type { Services } from '../services.ts';

/** A rotated key lives on for so long: time to put the new one everywhere. */
const GRACE_SECONDS = 24 * 60 * 60;

/** Partners and their keys. */
export function adminPartnerRoutes(router: Router, services: Services): void {
  const { fork, now } = services;

  route(router, services, contract.listPartners, async ({ query }) => {
    const found = await fork().find(
      Partner,
      { partnerId: { $gt: readTextCursor(query.cursor) } },
      { orderBy: { partnerId: 'asc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ partnerId }) => partnerId);
    return { status: 200, body: { items: items.map(presentPartner), next_cursor } };
  });

  route(router, services, contract.createPartner, async ({ ctx, caller, body }) => {
    const { partner_id: partnerId, name, channel, per_minute } = body;
    const perMinute = per_minute ?? null;
    await createPartner(fork(), acceptingFor(ctx, caller), { partnerId, name, channel, perMinute });
    const headers = { Location: `/api/admin/partners/${partnerId}` };
    return { status: 201, body: await readPartner(fork(), partnerId), headers };
  });

  route(router, services, contract.getPartner, async ({ params }) => ({
    status: 200,
    body: await readPartner(fork(), knownPartnerId(params.partner_id)),
  }));

  type Ctx = Parameters<typeof acceptingFor>[0];
  type Caller = Parameters<typeof acceptingFor>[1];
  const change = async (ctx: Ctx, caller: Caller, id: string, wanted: PartnerChange) => {
    const partnerId = knownPartnerId(id);
    await changePartner(fork(), acceptingFor(ctx, caller), partnerId, wanted);
    return { status: 200, body: await readPartner(fork(), partnerId) };
  };
  route(router, services, contract.changePartner, ({ ctx, caller, params, body }) =>
    change(ctx, caller, params.partner_id, {
      name: body.name,
      channel: body.channel,
      perMinute: body.per_minute,
    }),
  );
  route(router, services, contract.suspendPartner, ({ ctx, caller, params }) =>
    change(ctx, caller, params.partner_id, { status: 'suspended' }),
  );
  route(router, services, contract.resumePartner, ({ ctx, caller, params }) =>
    change(ctx, caller, params.partner_id, { status: 'active' }),
  );

  route(router, services, contract.listKeys, async ({ params, query }) => {
    const partnerId = knownPartnerId(params.partner_id);
    await readPartner(fork(), partnerId);
    const found = await fork().find(
      ApiKey,
      { partner: partnerId, keyId: { $lt: readIdCursor(query.cursor) } },
      { orderBy: { keyId: 'desc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ keyId }) => keyId);
    return { status: 200, body: { items: items.map((key) => presentKey(key, now())), next_cursor } };
  });

  const issued = async ({ keyId, apiKey }: keys.IssuedKey) => ({
    status: 201,
    body: { ...(await readKey(fork(), keyId, now())), api_key: apiKey },
    headers: { 'Cache-Control': 'no-store' },
  });
  route(router, services, contract.createKey, async ({ ctx, caller, params, body }) => {
    const partnerId = knownPartnerId(params.partner_id);
    return issued(await keys.issueKey(fork(), acceptingFor(ctx, caller), partnerId, toNewKey(body)));
  });

  route(router, services, contract.rotateKey, async ({ ctx, caller, params, body }) => {
    const keyId = knownUuid('key', params.key_id);
    const grace = body.grace_seconds ?? GRACE_SECONDS;
    return issued(await keys.rotateKey(fork(), acceptingFor(ctx, caller), keyId, grace));
  });

  route(router, services, contract.expireKey, async ({ ctx, caller, params, body }) => {
    const keyId = knownUuid('key', params.key_id);
    const expiresAt = body.expires_at === null ? null : new Date(body.expires_at);
    await keys.expireKey(fork(), acceptingFor(ctx, caller), keyId, expiresAt);
    return { status: 200, body: await readKey(fork(), keyId, now()) };
  });

  route(router, services, contract.revokeKey, async ({ ctx, caller, params }) => {
    const keyId = knownUuid('key', params.key_id);
    await keys.revokeKey(fork(), acceptingFor(ctx, caller), keyId);
    return { status: 200, body: await readKey(fork(), keyId, now()) };
  });
}
