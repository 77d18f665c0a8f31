import type { Command } from 'commander';
import { listPartnersToState, storeStatement } from '../db/queries/statements.ts';
import { dayBefore, isDate } from '../domain/calendar.ts';
import { counted, print, withExamples } from './output.ts';
import { businessZone, type DatabaseOptions, onDatabase, UsageError, withDatabase } from './session.ts';

type Options = DatabaseOptions & { date?: string; timeZone: string };

/** `allotment statements …` */
export function statementCommands(program: Command): void {
  const statements = withExamples(
    program.command('statements').description('the daily statements of partners'),
    'allotment statements run --date 2026-11-30',
  );

  onDatabase(
    statements
      .command('run')
      .description(
        'store the statements of a business day that are missing, as the schedule does every night',
      ),
    'allotment statements run',
    'allotment statements run --date 2026-11-30',
  )
    .option('--date <date>', 'the business day, over by now; yesterday when absent')
    .option('--time-zone <zone>', 'of the business; ALLOTMENT_TIME_ZONE when absent', businessZone())
    .action((options: Options) =>
      withDatabase(options, async ({ em }) => {
        const { timeZone, date = dayBefore(new Date(), timeZone) } = options;
        if (!isDate(date)) throw new UsageError(`${date} is not a date, YYYY-MM-DD.`);
        const stored: string[] = [];
        const partners = await listPartnersToState(em.fork(), date, timeZone);
        for (const partnerId of partners) {
          console.error(`Statement of ${partnerId} …`);
          if (await storeStatement(em.fork(), partnerId, date, timeZone)) stored.push(partnerId);
        }
        if (partners.length > 0 && stored.length === 0) {
          throw new UsageError(`The business day ${date} is not over.`);
        }
        print(options, { business_date: date, stored }, () =>
          stored.length === 0
            ? `No statement of ${date} is missing.`
            : `${counted(stored.length, 'statement')} of ${date} stored: ${stored.join(', ')}.`,
        );
      }),
    );
}
