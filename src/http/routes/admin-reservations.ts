import type { Router } from '@koa/router';
import { prolongAnyHold, releaseAnyHold } from '../../accept/change-any-hold.ts';
import * as contract from '../../contract/admin-reservations.ts';
import { knownUuid, readHold } from '../read-operators.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';

/** What operators may do to a hold, whoever's it is. */
export function adminReservationRoutes(router: Router, services: Services): void {
  const { fork, desk } = services;

  route(router, services, contract.releaseHold, async ({ ctx, params, caller, answerKeys }) => {
    const id = knownUuid('reservation', params.reservation_id);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed, command } = await releaseAnyHold(fork(), by, id, (tx) => readHold(tx, id));
    desk.take(command);
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  });

  route(router, services, contract.extendHold, async ({ ctx, params, body, caller, answerKeys }) => {
    const id = knownUuid('reservation', params.reservation_id);
    const by = acceptingFor(ctx, caller, answerKeys);
    const asked = { hours: body.hours, seenEnd: body.expires_at ?? null };
    const { result, replayed, command } = await prolongAnyHold(fork(), by, id, asked, (tx) =>
      readHold(tx, id),
    );
    desk.take(command);
    return { status: 200, body: result, headers: replayedHeader(replayed) };
  });
}
