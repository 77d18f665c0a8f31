import type { Money, SalesHour } from './api.ts';
import { overview } from './state.ts';
import { count, many, money, units } from './words.ts';

const HEIGHT = 150;
/** Room above the highest bar for the line's number, and below for the hours. */
const TOP = 16;
const BOTTOM = 22;

/** What was sold in the last 24 hours, by the hour: a picture, and the same as a table. */
export function Sales() {
  const hours = overview.value?.sales ?? [];
  const sold = hours.reduce((sum, hour) => sum + hour.units, 0);
  return (
    <section aria-labelledby="sales">
      <div class="head">
        <h2 id="sales">Sales, last 24 hours</h2>
        {sold > 0 && <p class="total">{totalOf(hours)}</p>}
      </div>
      {sold === 0 ? (
        <p class="empty">Nothing was sold in the last 24 hours.</p>
      ) : (
        <>
          <Chart hours={hours} />
          <details>
            <summary>The same as a table</summary>
            <SalesTable hours={hours} />
          </details>
        </>
      )}
    </section>
  );
}

function Chart({ hours }: { hours: SalesHour[] }) {
  const highest = Math.max(...hours.map((hour) => hour.units));
  const best = hours.find((hour) => hour.units === highest);
  const top = roundUp(highest);
  const yOf = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const slot = 100 / hours.length;
  return (
    <svg
      class="sales-chart"
      width="100%"
      height={HEIGHT}
      role="img"
      aria-label={`Units sold by the hour: ${totalOf(hours)}; most at ${hourOf(best?.from)}, ${units(highest)}.`}
    >
      {[top, top / 2, 0].map((value) => (
        <g key={value}>
          <line x1="0" x2="100%" y1={yOf(value)} y2={yOf(value)} class={value === 0 ? 'axis' : 'grid'} />
          {value > 0 && Number.isInteger(value) && (
            <text x="0" y={yOf(value) - 4}>
              {count(value)}
            </text>
          )}
        </g>
      ))}
      {hours.map((hour, place) => (
        <g key={hour.from}>
          <rect
            x={`${place * slot + slot * 0.15}%`}
            width={`${slot * 0.7}%`}
            y={yOf(hour.units)}
            height={yOf(0) - yOf(hour.units)}
          >
            <title>{`${hourOf(hour.from)}: ${units(hour.units)}, ${many(hour.orders, 'order')}${moneyOf(hour.amounts)}`}</title>
          </rect>
          {new Date(hour.from).getHours() % 6 === 0 && (
            <text x={`${place * slot + slot / 2}%`} y={HEIGHT - 6} text-anchor="middle">
              {hourOf(hour.from)}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

function SalesTable({ hours }: { hours: SalesHour[] }) {
  return (
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col" class="number">
            Orders
          </th>
          <th scope="col" class="number">
            Units
          </th>
          <th scope="col" class="number">
            Amount
          </th>
        </tr>
      </thead>
      <tbody>
        {hours
          .filter((hour) => hour.orders > 0)
          .map((hour) => (
            <tr key={hour.from}>
              <th scope="row">{hourOf(hour.from)}</th>
              <td class="number">{count(hour.orders)}</td>
              <td class="number">{count(hour.units)}</td>
              <td class="number">{hour.amounts.map(money).join(', ')}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function totalOf(hours: SalesHour[]): string {
  const orders = hours.reduce((sum, hour) => sum + hour.orders, 0);
  const sold = hours.reduce((sum, hour) => sum + hour.units, 0);
  return `${units(sold)} in ${many(orders, 'order')}${moneyOf(addUp(hours.flatMap(({ amounts }) => amounts)))}`;
}

function addUp(amounts: Money[]): Money[] {
  const sums = new Map<string, Money>();
  for (const one of amounts) {
    sums.set(one.currency, { ...one, amount: one.amount + (sums.get(one.currency)?.amount ?? 0) });
  }
  return [...sums.values()];
}

const moneyOf = (amounts: Money[]): string =>
  amounts.length === 0 ? '' : `, ${amounts.map(money).join(', ')}`;

const hourOf = (from: string | undefined): string =>
  from === undefined
    ? ''
    : new Date(from).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

/** The next of 2, 4, 10, 20, 40, 100 …: half of it is whole, so both lines have round numbers. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return (
    [1, 2, 4, 6, 8, 10].map((step) => step * power).find((step) => step >= Math.max(value, 2)) ?? 10 * power
  );
}
