import type { EntityManager } from '../open.ts';
import { checksOfSales } from './checks-of-sales.ts';
import { checksOfUnits } from './checks-of-units.ts';
import { findBrokenSeals } from './seal-audit.ts';

/** Two accounts of the same thing that do not agree. */
export type Disagreement = { check: string; subject: string; detail: string };

/**
 * Everything in the database that disagrees, in one snapshot; empty when all accounts agree. `onCheck` is
 * told of each check before it begins.
 */
export function findDisagreements(
  em: EntityManager,
  onCheck: (check: string) => void = () => {},
): Promise<Disagreement[]> {
  return em.transactional(
    async (tx) => {
      const found: Disagreement[] = [];
      for (const [check, query] of Object.entries({ ...checksOfUnits, ...checksOfSales })) {
        onCheck(check);
        const { rows } = await query.execute(tx.getKysely());
        found.push(...rows.map((row) => ({ check, ...row })));
      }
      onCheck('the audit chain holds');
      const broken = await findBrokenSeals(tx);
      found.push(...broken.map((row) => ({ check: 'the audit chain holds', ...row })));
      return found;
    },
    { isolationLevel: 'repeatable read' as never, readOnly: true },
  );
}
