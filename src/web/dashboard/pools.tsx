import type { Pool, Product } from './api.ts';
import { intent, overview } from './state.ts';
import { count } from './words.ts';

/** Each product's pools, a bar and a line of numbers for each channel. */
export function Pools() {
  const products = overview.value?.products ?? [];
  return (
    <section aria-labelledby="pools">
      <div class="head">
        <h2 id="pools" tabIndex={-1}>
          Pools
        </h2>
        <Legend />
      </div>
      {products.length === 0 && (
        <p class="empty">
          No product has a pool yet. Add one with <code>npx allotment products</code>, or by the API.
        </p>
      )}
      {products.length > 0 && (
        // The roles are said, since a narrow screen lays the cells out anew.
        <table class="pools" role="table" aria-labelledby="pools">
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">
                Channel
              </th>
              <td role="cell" class="bar-cell" />
              {columns.map(({ label }) => (
                <th key={label} role="columnheader" scope="col" class="number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          {products.map((product) => (
            <ProductPools key={product.product_id} of={product} />
          ))}
        </table>
      )}
    </section>
  );
}

function ProductPools({ of: { product_id: id, title, pools } }: { of: Product }) {
  // Bars of one product have one scale, so that its channels can be compared.
  const most = Math.max(1, ...pools.map(({ allocated }) => allocated));
  return (
    <tbody role="rowgroup">
      <tr role="row" class="product">
        <th role="rowheader" scope="rowgroup" colSpan={2}>
          <h3>
            {title} <span class="quiet">{id}</span>
          </h3>
        </th>
        <td role="cell" colSpan={columns.length} class="number">
          <button
            type="button"
            class="small"
            aria-label={`Move units of ${title}`}
            onClick={() => (intent.value = { act: 'move', productId: id })}
          >
            Move units …
          </button>
        </td>
      </tr>
      {pools.map((pool) => (
        <PoolRow key={pool.channel} of={pool} most={most} />
      ))}
    </tbody>
  );
}

const columns: { label: string; field: Exclude<keyof Pool, 'channel'> }[] = [
  { label: 'Sold', field: 'sold' },
  { label: 'Reserved', field: 'reserved' },
  { label: 'Available', field: 'available' },
  { label: 'Allocated', field: 'allocated' },
];

function PoolRow({ of: pool, most }: { of: Pool; most: number }) {
  const percent = (units: number) => `${(units / most) * 100}%`;
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        {pool.channel}
      </th>
      <td role="cell" class="bar-cell">
        <svg class="pool-bar" width="100%" height="14" aria-hidden="true">
          <rect class="available" width={percent(pool.allocated)} height="14" />
          <rect class="reserved" x={percent(pool.sold)} width={percent(pool.reserved)} height="14" />
          <rect class="sold" width={percent(pool.sold)} height="14" />
        </svg>
      </td>
      {columns.map(({ label, field }) => (
        <td key={field} role="cell" class={`number ${field}`}>
          {count(pool[field])}
          <span class="unit" aria-hidden="true">
            {' '}
            {label.toLowerCase()}
          </span>
        </td>
      ))}
    </tr>
  );
}

/** What the bars' fillings mean; the hatching is told apart without colour. */
function Legend() {
  return (
    <ul class="legend" aria-hidden="true">
      {(['sold', 'reserved', 'available'] as const).map((kind) => (
        <li key={kind}>
          <svg class="pool-bar" width="18" height="12">
            {kind === 'reserved' && (
              <defs>
                <pattern
                  id="hatch"
                  width="5"
                  height="5"
                  patternUnits="userSpaceOnUse"
                  patternTransform="rotate(45)"
                >
                  <rect width="5" height="5" class="hatch-ground" />
                  <rect width="2.5" height="5" class="hatch-line" />
                </pattern>
              </defs>
            )}
            <rect class={kind} width="18" height="12" />
          </svg>
          {kind}
        </li>
      ))}
    </ul>
  );
}
