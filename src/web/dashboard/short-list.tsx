import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';

/** So many are shown at first: on a phone, what comes below is to stay within reach. */
const FEW = 5;

/** A list that shows its first entries, and the others when asked. */
export function ShortList({ what, children }: { what: string; children: VNode[] }) {
  const isWhole = useSignal(false);
  const isCut = children.length > FEW && !isWhole.value;
  return (
    <>
      <ul class="rows">{isCut ? children.slice(0, FEW) : children}</ul>
      {children.length > FEW && (
        <button
          type="button"
          class="small more"
          aria-expanded={isWhole.value}
          onClick={() => (isWhole.value = !isWhole.value)}
        >
          {isCut ? `Show all ${children.length} ${what}` : 'Show fewer'}
        </button>
      )}
    </>
  );
}
