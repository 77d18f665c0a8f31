import { randomUUID } from 'node:crypto';
import { Router } from '@koa/router';
import Koa from 'koa';
import helmet from 'koa-helmet';
import { docsRoutes } from './docs.ts';
import { problems } from './problem.ts';
import { factsOf } from './request-facts.ts';
import { adminChannelRoutes } from './routes/admin-channels.ts';
import { adminPartnerRoutes } from './routes/admin-partners.ts';
import { adminProductRoutes } from './routes/admin-products.ts';
import { adminReservationRoutes } from './routes/admin-reservations.ts';
import { adminVenueRoutes } from './routes/admin-venues.ts';
import { activateRoute } from './routes/activate.ts';
import { caseRoutes } from './routes/cases.ts';
import { catalogueRoutes } from './routes/catalogue.ts';
import { dashboardRoutes } from './routes/dashboard.ts';
import { directOrderRoutes } from './routes/direct-orders.ts';
import { gateRoutes } from './routes/gate.ts';
import { operatorSessionRoutes } from './routes/operator-session.ts';
import { orderRoutes } from './routes/orders.ts';
import { paymentRoutes } from './routes/payments.ts';
import { reconciliationRoutes } from './routes/reconciliation.ts';
import { reservationRoutes } from './routes/reservations.ts';
import { sandboxRoutes } from './routes/sandbox.ts';
import { serviceRoutes } from './routes/service.ts';
import { ticketRoutes } from './routes/tickets.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import type { Services } from './services.ts';
import { webPageRoutes } from './web-pages.ts';

/** How the end of a connection shows while an answer is streamed. */
const callerWentAway = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

/** The HTTP side of the house: the contract's operations on a router, around them what all have in common. */
export function createApp(services: Services): Koa {
  const { config, log, metrics } = services;
  // Of X-Forwarded-For only what the proxy in front has added: what stands before it, the caller may have made up.
  const app = new Koa({ proxy: config.trustProxy, maxIpsCount: 1 });
  app.silent = true;
  app.on('error', (error: NodeJS.ErrnoException) => {
    if (callerWentAway.has(error.code ?? '')) log.info({ reason: error.code }, 'caller went away');
    else log.error({ err: error }, 'error after the answer had begun');
  });

  app.use(async (ctx, next) => {
    const given = ctx.get('X-Request-Id');
    const requestId = /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID();
    ctx.state.requestId = requestId;
    ctx.set('X-Request-Id', requestId);
    // Answers hold secrets, tickets and customers; what may be kept says so itself.
    ctx.set('Cache-Control', 'no-store');
    const startedAt = performance.now();
    await next();
    const { method, status } = ctx;
    const ms = performance.now() - startedAt;
    log.info(
      { ...factsOf(ctx), method, route: ctx._matchedRoute ?? null, status, ms: Math.round(ms) },
      'request',
    );
    metrics.countRequest({ ...countedAs(ctx), status, seconds: ms / 1_000 });
  });
  app.use(
    helmet({
      contentSecurityPolicy: {
        directives: {
          defaultSrc: ["'self'"],
          // Swagger UI sets styles on its elements and shows pictures from data URLs.
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          // Set where TLS ends, and wrong on a development machine without it.
          upgradeInsecureRequests: null,
        },
      },
    }),
  );
  app.use(problems(config.publicUrl, log));

  const router = new Router({ strict: true, sensitive: true });
  serviceRoutes(router, services);
  docsRoutes(router, services);
  catalogueRoutes(router, services);
  reservationRoutes(router, services);
  orderRoutes(router, services);
  activateRoute(router, services);
  directOrderRoutes(router, services);
  paymentRoutes(router, services);
  reconciliationRoutes(router, services);
  sandboxRoutes(router, services);
  webhookRoutes(router, services);
  ticketRoutes(router, services);
  gateRoutes(router, services);
  operatorSessionRoutes(router, services);
  dashboardRoutes(router, services);
  adminReservationRoutes(router, services);
  caseRoutes(router, services);
  adminPartnerRoutes(router, services);
  adminProductRoutes(router, services);
  adminChannelRoutes(router, services);
  adminVenueRoutes(router, services);
  webPageRoutes(router, services);
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** Where nothing is, callers choose the method, of which there are dozens. */
function countedAs({ state, method, _matchedRoute }: Koa.Context): { operation: string; method: string } {
  if (typeof state.operation === 'string') return { operation: state.operation, method };
  return _matchedRoute === undefined ? { operation: 'none', method: 'any' } : { operation: 'docs', method };
}
