import type { Router } from '@koa/router';
import * as contract from '../../contract/reconciliation.ts';
import { date } from '../../contract/values.ts';
import { Partner } from '../../db/entities/partner.ts';
import { inOneSnapshot, readLedgerLines, summarize } from '../../db/queries/reconcile.ts';
import { findStatements } from '../../db/queries/statements.ts';
import { dayBounds, daysBetween, isDate } from '../../domain/calendar.ts';
import { type FieldProblem, invalid, notFound, Refusal } from '../../domain/errors.ts';
import type { Caller } from '../auth.ts';
import { pageOf, periodProblems } from '../lists.ts';
import { presentLine, presentStatement, presentSummary } from '../present/reconciliation.ts';
import { route } from '../route.ts';
import type { Services } from '../services.ts';
import { streamReconciliation } from '../stream-reconciliation.ts';

const MAX_DAYS = 366;
const forms = { json: 'application/json', csv: 'text/csv' } as const;

export function reconciliationRoutes(router: Router, services: Services): void {
  const { config, fork, reports } = services;

  route(
    router,
    services,
    contract.getReconciliation,
    async ({ ctx, query, caller }) => {
      const { from, to } = query;
      const problems = reportProblems(query);
      if (problems.length > 0) throw invalid(problems);
      const partnerId = await whoseReport(services, caller, query.partner_id);
      const ofAll = partnerId === null;
      const period = {
        partnerId,
        start: dayBounds(from, config.timeZone).start,
        end: dayBounds(to, config.timeZone).end,
      };
      const form = query.format ? forms[query.format] : ctx.accepts(forms.json, forms.csv);
      if (form === forms.csv) {
        return {
          status: 200,
          body: await streamReconciliation(services, period),
          headers: {
            'Content-Type': 'text/csv; charset=utf-8',
            'Content-Disposition': `attachment; filename="reconciliation-${from}-${to}.csv"`,
          },
        };
      }
      if (form === false) {
        throw new Refusal('NOT_ACCEPTABLE', 'The reconciliation comes as application/json or text/csv.');
      }
      const after = query.cursor ?? '';
      const { summary, lines } = await inOneSnapshot(reports(), async (tx) => ({
        summary: await summarize(tx, period),
        lines: await readLedgerLines(tx, period, after, query.limit + 1),
      }));
      const { items, next_cursor } = pageOf(lines, query.limit, (line) => line.entry_id);
      return {
        status: 200,
        body: {
          from,
          to,
          time_zone: config.timeZone,
          partner_id: partnerId,
          ...presentSummary(summary, ofAll),
          items: items.map((line) => presentLine(line, ofAll)),
          next_cursor,
        },
      };
    },
    async (_, query) => reportProblems(query),
  );

  route(
    router,
    services,
    contract.listStatements,
    async ({ query, caller }) => {
      const { from = null, to = null } = query;
      const problems = periodProblems(query);
      if (problems.length > 0) throw invalid(problems);
      const partnerId = await whoseReport(services, caller, query.partner_id);
      const after = query.cursor ?? null;
      const found = await findStatements(fork(), { partnerId, from, to }, after, query.limit + 1);
      const { items, next_cursor } = pageOf(
        found,
        query.limit,
        (statement) => `${statement.business_date}/${statement.partner_id}`,
      );
      return { status: 200, body: { items: items.map(presentStatement), next_cursor } };
    },
    async (_, query) => periodProblems(query),
  );

  route(router, services, contract.getStatement, async ({ params, query, caller }) => {
    const { date: day } = params;
    // An operator has no statements of its own, so the address alone does not say which is meant.
    const partnerId = (await whoseReport(services, caller, query.partner_id)) ?? caller.partner_id;
    const [statement] = isDate(day)
      ? await findStatements(fork(), { partnerId, from: day, to: day }, null, 1)
      : [];
    if (!statement) throw notFound('statement', day);
    return { status: 200, body: presentStatement(statement) };
  });
}

/** A partner reads its own reports; an operator everybody's together, or those of one. */
async function whoseReport(
  { fork }: Services,
  caller: Caller,
  asked: string | undefined,
): Promise<string | null> {
  const isOperator = caller.permissions.includes('admin');
  if (!isOperator && (asked === undefined || asked === caller.partner_id)) return caller.partner_id;
  if (isOperator && asked === undefined) return null;
  const known = isOperator && (await fork().count(Partner, { partnerId: asked ?? '' })) > 0;
  if (!known) throw notFound('partner', asked ?? '');
  return asked ?? null;
}

/** What is wrong with the period of a report, in a query that need not be well-formed. */
function reportProblems(query: { from?: unknown; to?: unknown }): FieldProblem[] {
  const problems = periodProblems(query);
  if (problems.length > 0) return problems;
  const [from, to] = [date.safeParse(query.from), date.safeParse(query.to)];
  const isLong = from.success && to.success && daysBetween(from.data, to.data) >= MAX_DAYS;
  return isLong ? [{ path: ['to'], message: `must be at most ${MAX_DAYS} days from from on` }] : [];
}
