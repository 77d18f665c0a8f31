import type { Router } from '@koa/router';
import packageJson from '../../../package.json' with { type: 'json' };
import { getHealth, getMetrics, getReadiness, getVersion } from '../../contract/service.ts';
import { readBacklog } from '../../db/queries/relay-commands.ts';
import { countWorkers } from '../../db/queries/workers.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

const TEMPORAL_PATIENCE_MS = 500;

export function serviceRoutes(router: Router, services: Services): void {
  route(router, services, getHealth, () =>
    services.isStopping()
      ? { status: 503, body: { status: 'stopping' }, headers: { 'Retry-After': '1' } }
      : { status: 200, body: { status: 'ok' } },
  );

  route(router, services, getVersion, () => ({
    status: 200,
    body: { name: packageJson.name, version: packageJson.version, node: process.version },
  }));

  const { config, metrics } = services;
  if (config.metricsPort === null) {
    route(router, services, getMetrics, async () => ({
      status: 200,
      body: await metrics.scrape.read(),
      headers: { 'Content-Type': metrics.scrape.contentType },
    }));
  }

  route(router, services, getReadiness, async ({ query }) => {
    const [postgres, temporal] = await Promise.all([askPostgres(services), askTemporal(services)]);
    const salesGoOn = postgres.state === 'up';
    const allIsWell = salesGoOn && temporal === 'up' && postgres.workers > 0;
    const stopping = services.isStopping();
    const ok = !stopping && (query.full === '1' ? allIsWell : salesGoOn);
    const state = allIsWell ? 'ready' : salesGoOn ? 'degraded' : 'unavailable';
    return {
      status: ok ? 200 : 503,
      body: {
        status: stopping ? 'stopping' : state,
        postgres: postgres.state,
        temporal,
        workers: postgres.workers,
        undelivered_commands: postgres.undelivered,
        oldest_command_seconds: postgres.oldest_seconds,
      },
      headers: ok ? {} : { 'Retry-After': '1' },
    };
  });
}

async function askPostgres({ fork }: Services) {
  try {
    const [workers, backlog] = await Promise.all([countWorkers(fork()), readBacklog(fork())]);
    return { state: 'up', workers, ...backlog } as const;
  } catch {
    return { state: 'down', workers: 0, undelivered: 0, oldest_seconds: 0 } as const;
  }
}

async function askTemporal({ temporal }: Services): Promise<'up' | 'down'> {
  try {
    await temporal.withDeadline(Date.now() + TEMPORAL_PATIENCE_MS, () =>
      temporal.workflowService.getSystemInfo({}),
    );
    return 'up';
  } catch {
    return 'down';
  }
}
