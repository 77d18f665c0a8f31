import type { Config } from '../../config.ts';
import type { SalesOfHour, Standing } from '../../db/queries/read-overview.ts';

export type Overview = ReturnType<typeof presentOverview>;

export const presentOverview = (
  { as_of, products, expiring, counts, items, workers_live }: Standing,
  sales: SalesOfHour[],
  { temporalUiUrl, temporalNamespace }: Config,
) => ({
  as_of,
  products,
  sales,
  expiring,
  cases: { ...counts, items },
  workers_live,
  temporal: { ui_url: temporalUiUrl, namespace: temporalNamespace },
});
