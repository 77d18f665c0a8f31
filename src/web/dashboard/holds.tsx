import type { ExpiringHold } from './api.ts';
import { linkTo } from './desk.ts';
import { ShortList } from './short-list.tsx';
import { intent, now, overview } from './state.ts';
import { clock, duration, units } from './words.ts';

/** A countdown that an operator should act on now. */
const SOON_MS = 10 * 60_000;

/** The holds that end next. */
export function Holds() {
  const holds = overview.value?.expiring ?? [];
  return (
    <section aria-labelledby="holds">
      <div class="head">
        <h2 id="holds" tabIndex={-1}>
          Holds that end next
        </h2>
      </div>
      {holds.length === 0 ? (
        <p class="empty">No agency has units on hold.</p>
      ) : (
        <ShortList what="holds">
          {holds.map((hold) => (
            <Hold key={hold.reservation_id} of={hold} />
          ))}
        </ShortList>
      )}
    </section>
  );
}

function Hold({ of: hold }: { of: ExpiringHold }) {
  const name = hold.external_reference ?? hold.reservation_id;
  return (
    <li>
      <div class="head">
        <h3>
          {units(hold.units)}, {hold.partner_id}
        </h3>
        <Countdown to={hold.expires_at} />
      </div>
      <p class="quiet">
        <a href={linkTo(hold.reservation_id)} aria-label={`Trail of hold ${name}`}>
          {name}
        </a>{' '}
        · {hold.channel} · until {clock(hold.expires_at, now.value)}
      </p>
      <div class="actions">
        <button
          type="button"
          class="small"
          aria-label={`Extend hold ${name}`}
          onClick={() => (intent.value = { act: 'extend', hold, landing: 'holds' })}
        >
          Extend …
        </button>
        <button
          type="button"
          class="small"
          aria-label={`Release hold ${name}`}
          onClick={() => (intent.value = { act: 'release', hold, landing: 'holds' })}
        >
          Release …
        </button>
      </div>
    </li>
  );
}

/** By the server's clock, which alone decides. */
function Countdown({ to }: { to: string }) {
  const left = Date.parse(to) - now.value;
  return (
    <span role="timer" aria-live="off" class={left < SOON_MS ? 'countdown soon' : 'countdown'}>
      {left <= 0 ? 'ending now' : duration(left)}
    </span>
  );
}
