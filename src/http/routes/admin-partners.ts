import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { ShownOnce } from '../../accept/answer-once.ts';
import * as keys from '../../accept/manage-keys.ts';
import { changePartner, createPartner, type PartnerChange } from '../../accept/manage-partners.ts';
import { endPaymentSecrets, rotatePaymentSecret } from '../../accept/payment-secrets.ts';
import * as contract from '../../contract/admin-partners.ts';
import { ApiKey, Partner } from '../../db/entities/partner.ts';
import type { EntityManager } from '../../db/open.ts';
import type { AnswerKey } from '../../db/queries/accepting.ts';
import type { Caller } from '../auth.ts';
import { keyEndProblems, newKeyProblems } from '../key-problems.ts';
import { BEFORE_THE_FIRST, pageOf } from '../lists.ts';
import { toNewKey, toNewPartner } from '../operator-requests.ts';
import { presentKey, presentPartner } from '../present/operators.ts';
import { knownPartnerId, knownUuid, readKey, readPartner } from '../read-operators.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';

/** A rotated key lives on for so long: time to put the new one everywhere. */
const GRACE_SECONDS = 24 * 60 * 60;

/** Partners and their keys. */
export function adminPartnerRoutes(router: Router, services: Services): void {
  const { fork, now } = services;

  route(router, services, contract.listPartners, async ({ query }) => {
    const found = await fork().find(
      Partner,
      { partnerId: { $gt: query.cursor ?? '' } },
      { orderBy: { partnerId: 'asc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ partnerId }) => partnerId);
    return { status: 200, body: { items: items.map(presentPartner), next_cursor } };
  });

  route(router, services, contract.createPartner, async ({ ctx, caller, body, answerKeys }) => {
    const partner = toNewPartner(body);
    const { partnerId } = partner;
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await createPartner(fork(), by, partner, (tx) => readPartner(tx, partnerId));
    const headers = { Location: `/api/admin/partners/${partnerId}`, ...replayedHeader(replayed) };
    return { status: 201, body: result, headers };
  });

  route(router, services, contract.getPartner, async ({ params }) => ({
    status: 200,
    body: await readPartner(fork(), knownPartnerId(params.partner_id)),
  }));

  type Asked = { ctx: Context; caller: Caller; params: { partner_id: string }; answerKeys: AnswerKey[] };
  const change = async ({ ctx, caller, params, answerKeys }: Asked, wanted: PartnerChange) => {
    const partnerId = knownPartnerId(params.partner_id);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed } = await changePartner(fork(), by, partnerId, wanted, (tx) =>
      readPartner(tx, partnerId),
    );
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  };
  route(router, services, contract.changePartner, (asked) => {
    const { name, channel, per_minute: perMinute } = asked.body;
    return change(asked, { name, channel, perMinute });
  });
  route(router, services, contract.suspendPartner, (asked) => change(asked, { status: 'suspended' }));
  route(router, services, contract.resumePartner, (asked) => change(asked, { status: 'active' }));

  route(router, services, contract.rotatePaymentSecret, async ({ ctx, caller, params, answerKeys }) => {
    const partnerId = knownPartnerId(params.partner_id);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed, secret } = await rotatePaymentSecret(fork(), by, partnerId, (_, live) => ({
      partner_id: partnerId,
      live_secrets: live,
    }));
    const headers = { 'Cache-Control': 'no-store', ...replayedHeader(replayed) };
    return { status: 200, body: { ...result, payment_secret: secret }, headers };
  });

  route(router, services, contract.endPaymentSecrets, async ({ ctx, caller, params }) => {
    const partnerId = knownPartnerId(params.partner_id);
    await endPaymentSecrets(fork(), acceptingFor(ctx, caller), partnerId);
    return { status: 200, body: { partner_id: partnerId, live_secrets: 0 } };
  });

  route(router, services, contract.listKeys, async ({ params, query }) => {
    const partnerId = knownPartnerId(params.partner_id);
    await readPartner(fork(), partnerId);
    const found = await fork().find(
      ApiKey,
      { partner: partnerId, keyId: { $lt: query.cursor ?? BEFORE_THE_FIRST } },
      { orderBy: { keyId: 'desc' }, limit: query.limit + 1 },
    );
    const { items, next_cursor } = pageOf(found, query.limit, ({ keyId }) => keyId);
    return { status: 200, body: { items: items.map((key) => presentKey(key, now())), next_cursor } };
  });

  const show = (tx: EntityManager, keyId: string) => readKey(tx, keyId, now());
  route(
    router,
    services,
    contract.createKey,
    async ({ ctx, caller, params, body, answerKeys }) => {
      const partnerId = knownPartnerId(params.partner_id);
      const by = acceptingFor(ctx, caller, answerKeys);
      return issued(await keys.issueKey(fork(), by, partnerId, toNewKey(body), show));
    },
    (body) => newKeyProblems(services, body),
  );

  route(router, services, contract.rotateKey, async ({ ctx, caller, params, body, answerKeys }) => {
    const keyId = knownUuid('key', params.key_id);
    const grace = body.grace_seconds ?? GRACE_SECONDS;
    const by = acceptingFor(ctx, caller, answerKeys);
    return issued(await keys.rotateKey(fork(), by, keyId, grace, show));
  });

  route(
    router,
    services,
    contract.expireKey,
    async ({ ctx, caller, params, body, answerKeys }) => {
      const keyId = knownUuid('key', params.key_id);
      const expiresAt = body.expires_at === null ? null : new Date(body.expires_at);
      const by = acceptingFor(ctx, caller, answerKeys);
      const expired = await keys.expireKey(fork(), by, keyId, expiresAt, (tx) => show(tx, keyId));
      return { status: 200, body: expired.result, headers: replayedHeader(expired.replayed) };
    },
    (body) => keyEndProblems(services, body),
  );

  route(router, services, contract.revokeKey, async ({ ctx, caller, params }) => {
    const keyId = knownUuid('key', params.key_id);
    await keys.revokeKey(fork(), acceptingFor(ctx, caller), keyId);
    return { status: 200, body: await readKey(fork(), keyId, now()) };
  });
}

/** A key that was made, with the key itself where it is shown. */
const issued = ({ result, replayed, secret }: ShownOnce<object>) => ({
  status: 201,
  body: { ...result, api_key: secret },
  headers: { 'Cache-Control': 'no-store', ...replayedHeader(replayed) },
});
