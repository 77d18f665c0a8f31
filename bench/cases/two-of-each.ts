import { OrderWatch } from '../../src/db/order-watch.ts';
import type { Bench } from '../support/bench.ts';
import { byRate, compare, figuresOf } from '../support/figures.ts';
import { type HttpClient, openHttpClient } from '../support/http-client.ts';
import { closedLoop, type Operation } from '../support/load.ts';
import { inTurn } from '../support/rounds.ts';
import type { Member } from '../support/stack.ts';
import type { Case, Row } from './case.ts';
import { reserveBy, withCallers } from './reserving.ts';
import { sellWith } from './whole-life.ts';

/** For both together, whichever are there. */
const CALLERS = 16;
const WARM_UP = { callers: 4, operations: 100 };

/** Whether a second API and a second worker are of any use: on a machine of few processors, hardly. */
export const twoOfEach: Case = {
  name: 'two-of-each',
  title: 'two APIs and two workers against one of each',
  runs: 'on',
  run: (bench) =>
    withCallers(bench, CALLERS, async (first) => {
      const { stack } = bench;
      const watch = new OrderWatch(stack.databaseUrl, { warn: (_, message) => bench.tell(message) });
      await watch.open();
      const secondApi = await stack.startApi();
      const second = openHttpClient(secondApi.url, CALLERS);
      const secondWorker = openSecondWorker(bench);
      try {
        // Beside an API that is warm a cold one would be half of the first round, whatever is counted.
        const warmUp = reserveBy(second, bench.agencies);
        await bench.measure(() => closedLoop(WARM_UP.callers, { operations: WARM_UP.operations }, warmUp));
        await bench.untilCaughtUp();
        const rows: Row[] = [];
        const operations = {
          reserve: (http: HttpClient) => reserveBy(http, bench.agencies),
          'whole life': (http: HttpClient) => sellWith(bench, http, watch),
        };
        for (const [name, operationBy] of Object.entries(operations)) {
          const onFirst = operationBy(first);
          const onSecond = operationBy(second);
          const inHalves: Operation = (caller, dueAt) =>
            caller % 2 === 0 ? onFirst(caller, dueAt) : onSecond(caller, dueAt);
          rows.push(await compareSizes(bench, name, secondWorker, { one: onFirst, two: inHalves }));
        }
        return rows;
      } finally {
        await secondWorker.want(false);
        await second.close();
        await secondApi.stop();
        await watch.close();
      }
    }),
};

async function compareSizes(
  bench: Bench,
  name: string,
  secondWorker: ReturnType<typeof openSecondWorker>,
  operations: Record<'one' | 'two', Operation>,
): Promise<Row> {
  const settle = async () => {
    await bench.untilCaughtUp();
  };
  const side = (size: 'one' | 'two') => async (seconds: number) => {
    await secondWorker.want(size === 'two');
    return bench.measure(() => closedLoop(CALLERS, { seconds }, operations[size]), settle);
  };
  const slices = await inTurn(
    bench,
    { rounds: bench.byForm(1, 4), seconds: bench.byForm(0.7, 6) },
    { two: side('two'), one: side('one') },
  );
  return {
    what: `${name}, 2 APIs and 2 workers`,
    figures: figuresOf(slices.two),
    limit: figuresOf(slices.one),
    comparison: compare(slices.two, slices.one, byRate),
    target: null,
    note: `limit: one of each; ${CALLERS} callers either way`,
  };
}

/** An idle API costs nothing, but an idle worker takes its share of the work. */
function openSecondWorker({ stack }: Bench) {
  let worker: Member | undefined;
  return {
    async want(isWanted: boolean): Promise<void> {
      if (isWanted) worker ??= await stack.startWorker();
      else {
        await worker?.stop();
        worker = undefined;
      }
    },
  };
}
