import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Problem } from '../ask.ts';
import type { Desk } from './desk.ts';
import { now } from './state.ts';

/** As the contract limits it. */
const MOST_DAYS = 366;
const DAY_MS = 86_400_000;

/**
 * The reconciliation of a period, straight from the server to a file: the browser streams it, whatever its
 * size. The form leads into a hidden frame, so that a refusal, which is a document, is read and told here.
 */
export function Reports({ desk }: { desk: Desk }) {
  const today = new Date(now.value);
  const [from, to] = [
    useSignal(dayOf(new Date(today.getFullYear(), today.getMonth(), 1))),
    useSignal(dayOf(today)),
  ];
  const frame = useRef<HTMLIFrameElement>(null);
  const refusal = useSignal('');
  const days = (Date.parse(to.value) - Date.parse(from.value)) / DAY_MS + 1;
  const problem = periodProblem(days);

  const readRefusal = (): void => {
    const text = frame.current?.contentDocument?.body.textContent ?? '';
    if (text === '') return;
    const { status, detail } = readProblem(text);
    if (status === 401) desk.sessionEnded(detail);
    else refusal.value = detail;
  };
  return (
    <section aria-labelledby="reports">
      <div class="head">
        <h2 id="reports">Reconciliation</h2>
      </div>
      <form
        class="fields"
        action="/api/ota/reconciliation"
        target="reconciliation"
        onSubmit={(event) => {
          refusal.value = '';
          if (problem !== '') event.preventDefault();
        }}
      >
        <input type="hidden" name="format" value="csv" />
        <Day label="First day" name="from" value={from} />
        <Day label="Last day" name="to" value={to} />
        <button type="submit" aria-describedby="report-note">
          Download CSV
        </button>
      </form>
      <p class="problem" role="alert">
        {problem || refusal.value}
      </p>
      <p id="report-note" class="note">
        The ledger of all partners, from opening to closing balance. Days are business days.
      </p>
      <iframe ref={frame} name="reconciliation" title="Download" hidden onLoad={readRefusal} />
    </section>
  );
}

function Day({ label, name, value }: { label: string; name: string; value: { value: string } }) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="date"
        name={name}
        required
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </label>
  );
}

function periodProblem(days: number): string {
  if (Number.isNaN(days)) return 'Enter the first and the last day.';
  if (days < 1) return 'The last day is before the first.';
  return days > MOST_DAYS ? `A report has at most ${MOST_DAYS} days.` : '';
}

function readProblem(text: string): Partial<Problem> & { detail: string } {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return { detail: 'The report could not be made. Try again in a moment.' };
  }
}

/** As dates are written in forms, by the clock of whoever reads. */
const dayOf = (time: Date): string => {
  const [month, day] = [time.getMonth() + 1, time.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${time.getFullYear()}-${month}-${day}`;
};
