import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import { ProductInventory } from '../db/entities/catalogue.ts';
import { CutOffRule } from '../db/entities/operator.ts';
import type { EntityManager } from '../db/open.ts';
import type { Accepting } from '../db/queries/accepting.ts';
import { readClock } from '../db/queries/clock.ts';
import { recordChange } from '../db/queries/record-change.ts';
import { today } from '../domain/calendar.ts';
import { type FieldProblem, invalid, notFound, Refusal } from '../domain/errors.ts';
import { answerOnce, type Tell } from './answer-once.ts';
import type { Once } from './once.ts';

export type CutOffCommand = {
  productId: number;
  channel: string;
  cutOffDate: string;
  daysBefore: number;
  keep: number;
};

/** Accepts a cut-off rule; the worker applies it, once, when its day has come in `timeZone`. */
export function addCutOffRule<T>(
  em: EntityManager,
  by: Accepting,
  rule: CutOffCommand,
  timeZone: string,
  tell: Tell<T, string>,
): Promise<Once<T>> {
  const { productId, channel, cutOffDate, daysBefore, keep } = rule;
  const add = async (tx: EntityManager) => {
    const problems = await ruleProblems(tx, rule, timeZone);
    if (problems.length > 0) throw invalid(problems);
    const ruleId = uuid();
    const { rows } = await sql`
      insert into cut_off_rules (rule_id, product_id, channel, cut_off_date, days_before, keep)
      values (${ruleId}::uuid, ${productId}, ${channel}, ${cutOffDate}::date, ${daysBefore}, ${keep})
      on conflict on constraint cut_off_rules_one_for_a_date do nothing
      returning 1`.execute(tx.getKysely());
    if (rows.length === 0) {
      throw new Refusal(
        'ALREADY_EXISTS',
        `Product ${productId} has a rule for channel ${channel} and ${cutOffDate}. Remove that one first.`,
      );
    }
    await recordChange(tx, by, 'add_cut_off_rule', ruleId);
    return ruleId;
  };
  return answerOnce(em, by, add, tell);
}

/**
 * What is wrong with a rule that is well-formed, as far as that is known of it. A date that is over is refused:
 * such a rule, a slip more likely than not, would be applied at once.
 */
export async function ruleProblems(
  em: EntityManager,
  { productId, cutOffDate }: { productId: number | undefined; cutOffDate: string | undefined },
  timeZone: string,
): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = [];
  if (productId !== undefined && (await em.count(ProductInventory, { product: productId })) === 0) {
    problems.push({ path: ['product_id'], message: `There is no product ${productId}.` });
  }
  const businessDay = today(await readClock(em), timeZone);
  if (cutOffDate !== undefined && cutOffDate < businessDay) {
    problems.push({ path: ['cut_off_date'], message: `must be ${businessDay}, today, or later` });
  }
  return problems;
}

/** Removes a rule. What one that was applied has moved stays moved. */
export async function removeCutOffRule(em: EntityManager, by: Accepting, ruleId: string): Promise<void> {
  await em.fork().transactional(async (tx) => {
    const removed = await tx.nativeDelete(CutOffRule, { ruleId });
    if (removed === 0) throw notFound('cut-off rule', ruleId);
    await recordChange(tx, by, 'remove_cut_off_rule', ruleId);
  });
}
