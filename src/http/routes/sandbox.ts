import type { Router } from '@koa/router';
import { validate as isUuid } from 'uuid';
import { advance } from '../../accept/advance.ts';
import { advanceReservation } from '../../contract/sandbox.ts';
import { notFound, Refusal } from '../../domain/errors.ts';
import { acceptingFor, replayedHeader, route } from '../route.ts';
import type { Services } from '../services.ts';

/** What only test partners can do. */
export function sandboxRoutes(router: Router, services: Services): void {
  const { fork, desk } = services;

  route(router, services, advanceReservation, async ({ ctx, params, body, caller, answerKeys }) => {
    if (caller.partner_mode !== 'test') {
      throw new Refusal(
        'PERMISSION_MISSING',
        `Time passes by itself for ${caller.partner_name}; only a test partner's key, alt_test_…, moves it on.`,
      );
    }
    const id = params.reservation_id;
    if (!isUuid(id)) throw notFound('reservation', id);
    const by = acceptingFor(ctx, caller, answerKeys);
    const { result, replayed, command } = await advance(fork(), by, id, body.seconds);
    desk.take(command);
    return {
      status: 200,
      body: {
        reservation_id: result.reservation_id,
        reserved_until: new Date(result.expires_at).toISOString(),
      },
      headers: replayedHeader(replayed),
    };
  });
}
