import type { EntityManager } from '../db/open.ts';
import { readSalesByHour, readStanding, type SalesOfHour } from '../db/queries/read-overview.ts';
import { Together } from '../db/together.ts';
import { type Overview, presentOverview } from './present/overview.ts';
import type { Services } from './services.ts';

const HOURS_BEFORE = 23;
/** Hours that are over change by cancellations alone, and are most of what there is to add up. */
const PAST_HOURS_KEPT_MS = 60_000;

/** The overview for everybody who looks at it: who asks at the same time shares one look into the database. */
export class OverviewReader {
  readonly #reports: () => EntityManager;
  readonly #looking: Together<undefined, Overview>;
  #hours: SalesOfHour[] = [];
  #outdatedAt = 0;

  constructor({ reports, config }: Pick<Services, 'reports' | 'config'>) {
    this.#reports = reports;
    this.#looking = new Together(async (askers) => {
      const standing = await readStanding(reports());
      const overview = presentOverview(standing, await this.#readSales(), config);
      return askers.map(() => overview);
    });
  }

  /** As it is now. */
  read(): Promise<Overview> {
    return this.#looking.ask(undefined);
  }

  async #readSales(): Promise<SalesOfHour[]> {
    const before = this.#hours.slice(0, -1);
    if (performance.now() < this.#outdatedAt) {
      const [present] = await readSalesByHour(this.#reports(), 0);
      const isOfTheSameHour = present?.from === this.#hours.at(-1)?.from;
      if (present && isOfTheSameHour) return [...before, present];
    }
    this.#hours = await readSalesByHour(this.#reports(), HOURS_BEFORE);
    this.#outdatedAt = performance.now() + PAST_HOURS_KEPT_MS;
    return this.#hours;
  }
}
