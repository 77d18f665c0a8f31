import { useSignal } from '@preact/signals';
import { moveAllocation } from './api.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import type { Desk } from './desk.ts';
import { channels, overview } from './state.ts';
import { count, units as unitsWord } from './words.ts';

/** Free units of one product, from a channel to another. */
export function MoveDialog({ desk, productId }: { desk: Desk; productId: number }) {
  const product = overview.value?.products.find((one) => one.product_id === productId);
  const pools = product?.pools ?? [];
  const freest = pools.toSorted((a, b) => b.available - a.available)[0]?.channel ?? '';
  const from = useSignal(freest);
  const to = useSignal(channels.value.find((channel) => channel !== freest) ?? '');
  const units = useSignal(Number.NaN);
  const availableIn = (channel: string) => pools.find((pool) => pool.channel === channel)?.available ?? 0;

  const problem = problemOf(from.value, to.value, units.value, availableIn(from.value));
  return (
    <ConfirmDialog
      desk={desk}
      title={`Move units of ${product?.title ?? `product ${productId}`}`}
      confirm={
        problem === '' ? `Move ${count(units.value)} from ${from.value} to ${to.value}` : 'Move the units'
      }
      perform={moveAllocation({ product_id: productId, from: from.value, to: to.value, units: units.value })}
      told={`${unitsWord(units.value)} of product ${productId} moved from ${from.value} to ${to.value}.`}
      isReady={problem === ''}
    >
      <div class="fields">
        <Channel label="From" value={from} among={pools.map(({ channel }) => channel)} />
        <Channel label="To" value={to} among={channels.value} />
        <label class="field">
          <span>Units</span>
          <input
            type="number"
            inputMode="numeric"
            min={1}
            step={1}
            required
            onInput={(event) => (units.value = event.currentTarget.valueAsNumber)}
          />
        </label>
      </div>
      <p aria-live="polite">
        {problem === '' ? (
          <>
            Available in {from.value}: {change(availableIn(from.value), -units.value)}. Available in{' '}
            {to.value}: {change(availableIn(to.value), units.value)}. Sales go on from the new pools at once.
          </>
        ) : (
          problem
        )}
      </p>
    </ConfirmDialog>
  );
}

function Channel({ label, value, among }: { label: string; value: { value: string }; among: string[] }) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value.value} onChange={(event) => (value.value = event.currentTarget.value)}>
        {among.map((channel) => (
          <option key={channel} value={channel}>
            {channel}
          </option>
        ))}
      </select>
    </label>
  );
}

function problemOf(from: string, to: string, units: number, available: number): string {
  if (from === to) return 'Choose two different channels.';
  if (available === 0) return `${from} has no unit available to move.`;
  const isPossible = Number.isInteger(units) && units >= 1 && units <= available;
  return isPossible ? '' : `Enter how many: 1 to ${count(available)}, which ${from} has available.`;
}

const change = (before: number, by: number): string => `${count(before)} → ${count(before + by)}`;
