import { today } from '../domain/calendar.ts';
import type { StackDescription } from './data-folder.ts';
import { DemoFailure } from './demo-api.ts';
import type { Screen } from './demo-screen.ts';

/** The seeded products are in Hong Kong; it decides which day today is. */
const TIME_ZONE = 'Asia/Hong_Kong';

type Row = Record<string, string>;
type LedgerAccount = { product_id: number; closing: Units };
type Units = { reserved: number; sold: number };

/**
 * Adds up each agency's reconciliation as somebody with a pocket calculator would: from the CSV alone,
 * opening and movements must make closing, for each product, and that must be the ledger's balance.
 */
export async function addUp(screen: Screen, { api_url, keys }: StackDescription): Promise<void> {
  screen.step('The reconciliation, added up from its CSV (reserved / sold)');
  const date = today(new Date(), TIME_ZONE);
  const accounts: { title: string; sums: Map<string, Units> }[] = [];
  for (const agency of ['ota', 'ota_2'] as const) {
    const ask = async (form: string) => {
      const response = await fetch(`${api_url}/api/ota/reconciliation?from=${date}&to=${date}`, {
        headers: { 'X-API-Key': keys[agency], Accept: form },
      });
      if (!response.ok) throw new DemoFailure(`The reconciliation answers ${response.status}.`);
      return response;
    };
    const { products } = (await (await ask('application/json')).json()) as { products: LedgerAccount[] };
    const rows = rowsOf(await (await ask('text/csv')).text());
    for (const { product_id: product, closing } of products) {
      const sums = sumsOf(rows.filter((row) => row.product_id === String(product)));
      const { opening, closing: told, ...movements } = Object.fromEntries(sums);
      const added = plus(opening, ...Object.values(movements));
      if (!same(added, told) || !same(told, closing)) {
        throw new DemoFailure(
          `Product ${product} of ${agency}: ${show(added)} adds up, ${show(told)} closes, the ledger has ${show(closing)}.`,
        );
      }
      accounts.push({ title: `${agency} ${product}`, sums });
    }
  }
  const reasons = new Set(accounts.flatMap(({ sums }) => [...sums.keys()]));
  reasons.delete('closing');
  const columns = [...reasons, 'closing'];
  screen.table([
    ['', ...columns],
    ...accounts.map(({ title, sums }) => [title, ...columns.map((column) => show(sums.get(column)))]),
  ]);
}

/** What the rows of a product move, by their reason. */
function sumsOf(rows: Row[]): Map<string, Units> {
  const sums = new Map<string, Units>();
  for (const { reason = '', reserved, sold } of rows) {
    sums.set(reason, plus(sums.get(reason), { reserved: Number(reserved), sold: Number(sold) }));
  }
  return sums;
}

const plus = (...all: (Units | undefined)[]): Units => ({
  reserved: all.reduce((sum, units) => sum + (units?.reserved ?? 0), 0),
  sold: all.reduce((sum, units) => sum + (units?.sold ?? 0), 0),
});
const same = (a: Units | undefined, b: Units | undefined): boolean =>
  a?.reserved === b?.reserved && a?.sold === b?.sold;
const show = (units: Units | undefined): string => `${units?.reserved ?? 0} / ${units?.sold ?? 0}`;

/** Of a CSV whose fields hold neither quotes nor line breaks, as those of a reconciliation without references. */
function rowsOf(csv: string): Row[] {
  const [header = '', ...lines] = csv.trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => {
    const fields = line.split(',');
    return Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
  });
}
