import { randomBytes } from 'node:crypto';
import type { Router } from '@koa/router';
import { v7 as uuid } from 'uuid';
import { limitScan } from '../../accept/limit-scan.ts';
import { redeem, scansTogether } from '../../accept/redeem.ts';
import * as contract from '../../contract/tickets.ts';
import { Ticket } from '../../db/entities/ticket.ts';
import { readClock } from '../../db/queries/clock.ts';
import { notFound, Refusal } from '../../domain/errors.ts';
import { qrPng, qrSvg } from '../../tickets/picture.ts';
import { readToken, signRotatingToken } from '../../tickets/qr-token.ts';
import { publicKeySet } from '../../tickets/signing-keys.ts';
import { isTicketCode } from '../../tickets/ticket-code.ts';
import { fingerprintOf } from '../guard.ts';
import { presentTicket } from '../present/tickets.ts';
import { languageOf, printTicket } from '../print-tickets.ts';
import { acceptingFor, route } from '../route.ts';
import type { Services } from '../services.ts';

/** A rotating code is good for so long; long enough for a queue, too short to be worth sending on. */
const ROTATING_SECONDS = 60;

export function ticketRoutes(router: Router, services: Services): void {
  const { config, fork } = services;
  const scans = scansTogether(fork);

  route(router, services, contract.getTicket, async ({ params }) => ({
    status: 200,
    body: presentTicket(await findTicket(services, params.code), config.publicUrl),
  }));

  route(router, services, contract.getTicketQrSvg, async ({ params }) => ({
    status: 200,
    body: qrSvg((await findTicket(services, params.code)).qrToken),
    headers: { 'Content-Type': 'image/svg+xml' },
  }));

  route(router, services, contract.getTicketQrPng, async ({ params }) => ({
    status: 200,
    body: qrPng((await findTicket(services, params.code)).qrToken),
    headers: { 'Content-Type': 'image/png' },
  }));

  route(router, services, contract.getTicketPdf, async ({ ctx, params, query }) => {
    const language = languageOf(ctx, query.language);
    const ticket = await findTicket(services, params.code);
    return {
      status: 200,
      body: await printTicket(services, ticket, language),
      headers: { 'Content-Type': 'application/pdf', 'Content-Language': language },
    };
  });

  route(router, services, contract.rotateQr, async ({ params }) => {
    const { ticketCode, status } = await findTicket(services, params.code);
    if (status === 'void') throw new Refusal('TICKET_VOID', `Ticket ${ticketCode} is void.`);
    const now = await readClock(fork());
    const wholeSeconds = Math.floor(now.getTime() / 1000) + ROTATING_SECONDS;
    const expiresAt = new Date(wholeSeconds * 1000);
    const qr = signRotatingToken(config.signingKeys, ticketCode, expiresAt, randomBytes(4));
    return { status: 200, body: { qr, expires_at: expiresAt.toISOString() } };
  });

  route(router, services, contract.scan, async ({ ctx, body, caller }) => {
    const token = readToken(config.signingKeys, body.qr);
    if (token.kind === 'invalid') {
      throw new Refusal('TOKEN_INVALID', 'This code was not made here, or not read well. Scan it again.');
    }
    const { ticketCode } = token;
    const venueCode = await limitScan(fork(), caller.scope, {
      ticketCode,
      venueCode: body.venue_code ?? null,
    });
    // Sent again when its first answer was lost, a scan may say when it was made; it is the same scan.
    const { scanned_at: scannedAt, ...scan } = body;
    const redeemed = await redeem(fork(), scans, acceptingFor(ctx, caller), {
      redemptionId: uuid(),
      scanId: body.scan_id,
      ticketCode,
      functionCode: body.function_code,
      quantity: body.quantity ?? 1,
      venueCode,
      jti: token.kind === 'rotating' ? token.jti : null,
      tokenExpiresAt: token.kind === 'rotating' ? token.expiresAt : null,
      scannedAt: scannedAt === undefined ? null : new Date(scannedAt),
      fingerprint: fingerprintOf(scan),
    });
    const { ticket_code, function_code, remaining, entitlements } = redeemed;
    return {
      status: 200,
      body: {
        result: 'redeemed',
        ticket_code,
        function_code,
        remaining,
        entitlements: entitlements.map((entitlement) => ({
          function_code: entitlement.function_code,
          label: entitlement.label,
          total: entitlement.total,
          remaining: entitlement.remaining,
        })),
      },
    };
  });

  route(router, services, contract.getKeySet, () => ({
    status: 200,
    body: publicKeySet(config.signingKeys),
    headers: { 'Cache-Control': 'public, max-age=300' },
  }));
}

async function findTicket({ fork }: Services, code: string) {
  const ticket = isTicketCode(code)
    ? await fork().findOne(Ticket, { ticketCode: code }, { populate: ['entitlements'] })
    : null;
  if (!ticket) throw notFound('ticket', code);
  return ticket;
}
