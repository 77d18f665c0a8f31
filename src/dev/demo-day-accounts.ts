import { today } from '../domain/calendar.ts';
import type { StackDescription } from './data-folder.ts';
import { DemoFailure } from './demo-api.ts';
import type { openScreen } from './demo-screen.ts';

/** The seeded products are in Hong Kong; it decides which day today is. */
const TIME_ZONE = 'Asia/Hong_Kong';

type Row = Record<string, string>;
type LedgerAccount = { product_id: number; closing: { reserved: number; sold: number } };
type Sums = { opening: number[]; movements: number[]; closing: number[]; lines: number };

/**
 * Adds up each agency's reconciliation as somebody with a pocket calculator would: from the CSV alone,
 * opening and movements must make closing, for each product, and that must be the ledger's balance.
 */
export async function addUp(
  screen: ReturnType<typeof openScreen>,
  { api_url, keys }: StackDescription,
  agencies: { name: 'ota' | 'ota_2' }[],
): Promise<void> {
  screen.step('The reconciliation, added up from its CSV');
  const date = today(new Date(), TIME_ZONE);
  const table = [['agency', 'product', 'lines', 'reserved', 'sold', 'closing']];
  for (const { name } of agencies) {
    const ask = async (form: string) => {
      const response = await fetch(`${api_url}/api/ota/reconciliation?from=${date}&to=${date}`, {
        headers: { 'X-API-Key': keys[name], Accept: form },
      });
      if (!response.ok) throw new DemoFailure(`The reconciliation answers ${response.status}.`);
      return response;
    };
    const { products } = (await (await ask('application/json')).json()) as { products: LedgerAccount[] };
    const byProduct = sumsOf(rowsOf(await (await ask('text/csv')).text()));
    for (const [product, { opening, movements, closing, lines }] of byProduct) {
      const ledger = products.find(({ product_id }) => String(product_id) === product)?.closing;
      const sums = opening.map((amount, index) => amount + (movements[index] ?? 0));
      const inLedger = [ledger?.reserved ?? 0, ledger?.sold ?? 0];
      const agrees = sums.every((sum, index) => sum === closing[index] && sum === inLedger[index]);
      if (!agrees) {
        throw new DemoFailure(
          `Product ${product} of ${name}: ${sums.join('/')} adds up, ${closing.join('/')} closes, the ledger has ${inLedger.join('/')}.`,
        );
      }
      table.push([name, product, `${lines}`, `${movements[0]}`, `${movements[1]}`, closing.join(' / ')]);
    }
  }
  screen.table(table);
}

function sumsOf(rows: Row[]): Map<string, Sums> {
  const byProduct = new Map<string, Sums>();
  for (const row of rows) {
    const key = row.product_id ?? '';
    const sums = byProduct.get(key) ?? { opening: [0, 0], movements: [0, 0], closing: [0, 0], lines: 0 };
    byProduct.set(key, sums);
    const amounts = [Number(row.reserved), Number(row.sold)];
    const kind = row.reason === 'opening' || row.reason === 'closing' ? row.reason : 'movements';
    if (kind === 'movements') sums.lines += 1;
    sums[kind] = sums[kind].map((sum, index) => sum + (amounts[index] ?? 0));
  }
  return byProduct;
}

/** Of a CSV whose fields hold neither quotes nor line breaks, as those of a reconciliation without references. */
function rowsOf(csv: string): Row[] {
  const [header = '', ...lines] = csv.trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => {
    const fields = line.split(',');
    return Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
  });
}
