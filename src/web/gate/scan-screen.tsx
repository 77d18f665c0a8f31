import { useSignal } from '@preact/signals';
import { AnswerPanel } from './answer-panel.tsx';
import { CameraView } from './camera-view.tsx';
import type { Phone } from './phone.ts';
import { choice, gate, labelOf, venueCode, venueNameOf } from './state.ts';

/** More guests than this come as several scans. */
const MOST_AT_ONCE = 20;

export function ScanScreen({ phone }: { phone: Phone }) {
  const quantity = useSignal(1);
  const scan = (text: string): boolean => {
    const isTaken = phone.scan(text, quantity.value);
    if (isTaken) quantity.value = 1;
    return isTaken;
  };
  const { functionCode } = choice.value;
  const venue = venueCode.value;
  return (
    <main class="scan">
      <h2 class="place">
        {functionCode === null ? '' : labelOf(functionCode)}
        {venue !== null && <span class="venue">{venueNameOf(venue)}</span>}
      </h2>
      <AnswerPanel />
      <CameraView onCode={scan} />
      <div class="controls">
        <label class="field">
          <span>Redeem</span>
          <select
            value={functionCode ?? ''}
            onChange={(event) => void phone.choose({ functionCode: event.currentTarget.value })}
          >
            {gate.value?.functions.map(({ function_code, label }) => (
              <option key={function_code} value={function_code}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <Quantity value={quantity.value} onChange={(to) => (quantity.value = to)} />
      </div>
      <TypedCode onCode={scan} />
    </main>
  );
}

function Quantity({ value, onChange }: { value: number; onChange: (to: number) => void }) {
  return (
    <fieldset class="quantity">
      <legend>How many</legend>
      <button type="button" aria-label="One less" disabled={value === 1} onClick={() => onChange(value - 1)}>
        −
      </button>
      <output>{value}</output>
      <button
        type="button"
        aria-label="One more"
        disabled={value === MOST_AT_ONCE}
        onClick={() => onChange(value + 1)}
      >
        +
      </button>
    </fieldset>
  );
}

/** For a code that no camera reads, and for scanners that type. */
function TypedCode({ onCode }: { onCode: (text: string) => boolean }) {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = (new FormData(form).get('code') as string).replaceAll(/[\s-]/g, '').toUpperCase();
    if (text === '') return;
    // What is not taken can be sent again, and gives way to what is typed instead.
    if (onCode(text)) form.reset();
    else form.querySelector('input')?.select();
  };
  return (
    <form class="typed" onSubmit={submit}>
      <label for="code">Ticket code</label>
      <input
        id="code"
        name="code"
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        enterkeyhint="go"
      />
      <button type="submit">Check</button>
    </form>
  );
}
