import type { Case, Cases as CasesShown } from './api.ts';
import { linkTo } from './desk.ts';
import { ShortList } from './short-list.tsx';
import { intent, now, openCases, overview } from './state.ts';
import { count, money, since } from './words.ts';

type CountField = Exclude<keyof CasesShown, 'items'>;

const kinds: Record<Case['kind'], { field: CountField; title: string; advice?: string }> = {
  payment_in_review: { field: 'payments_in_review', title: 'Payment to decide on' },
  refund_due: { field: 'refunds_due', title: 'Refund to pay out' },
  order_unissued: {
    field: 'orders_unissued',
    title: 'Paid, no tickets yet',
    advice: 'Look at its run: a worker may be down, or a product may lack an entitlement.',
  },
  late_payment_undecided: {
    field: 'late_payments_undecided',
    title: 'Late payment, undecided',
    advice: 'It is decided by its run, as soon as a worker is there.',
  },
  webhook_failing: {
    field: 'webhooks_failing',
    title: 'Webhook fails',
    advice:
      'Tell the partner. What waits is tried again for three days; a disabled endpoint is told nothing.',
  },
  command_undelivered: {
    field: 'commands_undelivered',
    title: 'Run not told',
    advice: 'It is told as soon as Temporal can be reached.',
  },
};

/** As the server limits the list, and how far it counts. */
const MOST_ITEMS = 50;
const MOST_COUNTED = 1_000;
const upTo = (cases: number): string => (cases < MOST_COUNTED ? count(cases) : `${count(MOST_COUNTED)}+`);

/** What does not go on by itself, the oldest first. */
export function Cases() {
  const cases = overview.value?.cases;
  if (!cases) return null;
  const open = openCases.value;
  return (
    <section aria-labelledby="cases">
      <div class="head">
        <h2 id="cases" tabIndex={-1}>
          Needs a hand
        </h2>
        <p class={open > 0 ? 'badge' : 'quiet'}>{open === 0 ? 'nothing' : upTo(open)}</p>
      </div>
      {open === 0 ? (
        <p class="empty">Every payment is decided, every refund settled, no webhook waits.</p>
      ) : (
        <>
          <ul class="counts">
            {Object.values(kinds)
              .filter(({ field }) => cases[field] > 0)
              .map(({ field, title }) => (
                <li key={field}>
                  <strong>{upTo(cases[field])}</strong> {title.toLowerCase()}
                </li>
              ))}
          </ul>
          <ShortList what="open cases">
            {cases.items.map((one) => (
              <OpenCase key={`${one.kind} ${one.id}`} of={one} />
            ))}
          </ShortList>
          {cases.items.length === MOST_ITEMS && (
            <p class="note">More may be open: {MOST_ITEMS} are listed, the oldest of each kind.</p>
          )}
        </>
      )}
    </section>
  );
}

function OpenCase({ of }: { of: Case }) {
  const { title, advice } = kinds[of.kind];
  const sought = of.order_id ?? of.reservation_id;
  return (
    <li>
      <div class="head">
        <h3>
          {title}
          {of.amount && `, ${money(of.amount)}`}
        </h3>
        <span class="quiet">{since(now.value - Date.parse(of.since))}</span>
      </div>
      {of.detail !== null && <p>{of.detail}</p>}
      {advice !== undefined && <p class="quiet">{advice}</p>}
      <p class="quiet">
        {of.partner_id !== null && `${of.partner_id} · `}
        {sought ? (
          <a href={linkTo(sought)} aria-label={`Trail of ${of.id}`}>
            <code>{of.id}</code>
          </a>
        ) : (
          <code>{of.id}</code>
        )}
      </p>
      {of.kind === 'payment_in_review' && (
        <div class="actions">
          <Act of={of} act="accept" label="Accept …" />
          <Act of={of} act="refund" label="Refund …" />
        </div>
      )}
      {of.kind === 'refund_due' && (
        <div class="actions">
          <Act of={of} act="settle" label="Settle …" />
        </div>
      )}
    </li>
  );
}

function Act({ of, act, label }: { of: Case; act: 'accept' | 'refund' | 'settle'; label: string }) {
  const asked = { id: of.id, orderId: of.order_id ?? '', amount: of.amount, reason: of.detail };
  const what = act === 'settle' ? 'refund' : 'payment';
  return (
    <button
      type="button"
      class="small"
      aria-label={`${act[0]?.toUpperCase()}${act.slice(1)} ${what} ${of.id}`}
      onClick={() => (intent.value = { act, of: asked, landing: 'cases' })}
    >
      {label}
    </button>
  );
}
