import type { Router } from '@koa/router';
import * as contract from '../../contract/dashboard.ts';
import { OverviewReader } from '../overview.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';

/** What the page at /dashboard shows. */
export function dashboardRoutes(router: Router, services: Services): void {
  const reader = new OverviewReader(services);

  route(router, services, contract.getOverview, async () => ({ status: 200, body: await reader.read() }));
}
