import { useSignal } from '@preact/signals';
import { extendHold, releaseHold } from './api.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import type { Desk } from './desk.ts';
import type { HoldAsked } from './intents.tsx';
import { now } from './state.ts';
import { clock, units } from './words.ts';

type Asked = { desk: Desk; hold: HoldAsked; landing: string };

export function ReleaseDialog({ desk, hold, landing }: Asked) {
  return (
    <ConfirmDialog
      desk={desk}
      title="Release this hold?"
      confirm="Release the hold"
      perform={releaseHold(hold.reservation_id)}
      told={`Hold ${hold.reservation_id} is released.`}
      landing={landing}
    >
      <p>
        {hold.partner_id} loses the hold on {units(hold.units)}. What of it is not paid goes back to the pool
        of channel <strong>{hold.channel}</strong> at once, and unpaid orders from it expire. Orders that are
        paid stay.
      </p>
      <p>This cannot be undone; the units may be sold to others the next moment.</p>
      <Id of={hold.reservation_id} />
    </ConfirmDialog>
  );
}

/** As the server limits it. */
const MOST_HOURS = 72;
const USUAL_HOURS = 2;

export function ExtendDialog({ desk, hold, landing }: Asked) {
  const hours = useSignal(USUAL_HOURS);
  const isReady = Number.isInteger(hours.value) && hours.value >= 1 && hours.value <= MOST_HOURS;
  const until = Date.parse(hold.expires_at) + hours.value * 3_600_000;
  return (
    <ConfirmDialog
      desk={desk}
      title="Extend this hold?"
      confirm="Extend the hold"
      perform={extendHold(hold.reservation_id, hours.value, hold.expires_at)}
      told={`Hold ${hold.reservation_id} is extended by ${hours.value} h.`}
      landing={landing}
      isReady={isReady}
    >
      <label class="field">
        <span>Hours longer, 1 to {MOST_HOURS}</span>
        <input
          type="number"
          inputMode="numeric"
          min={1}
          max={MOST_HOURS}
          step={1}
          required
          value={USUAL_HOURS}
          onInput={(event) => (hours.value = event.currentTarget.valueAsNumber)}
        />
      </label>
      <p aria-live="polite">
        {isReady
          ? `${hold.partner_id} keeps the ${units(hold.units)} until ${clock(until, now.value)}, not ${clock(hold.expires_at, now.value)}.`
          : `Enter whole hours, from 1 to ${MOST_HOURS}.`}{' '}
        Nobody else can sell them until then.
      </p>
      <Id of={hold.reservation_id} />
    </ConfirmDialog>
  );
}

const Id = ({ of }: { of: string }) => (
  <p class="note">
    Reservation <code>{of}</code>
  </p>
);
