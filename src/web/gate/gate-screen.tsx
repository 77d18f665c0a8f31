import { useSignal } from '@preact/signals';
import type { Phone } from './phone.ts';
import {
  choice,
  conflicts,
  gate,
  history,
  isOnline,
  labelOf,
  revocationsAsOf,
  unsentCount,
  unsentElsewhere,
  venueCode,
  venueNameOf,
} from './state.ts';
import type { Conflict } from './store.ts';
import { timeOf, whereAndWhen } from './words.ts';

/** Where this phone stands and what it redeems; what it has to send, and what came of it. */
export function GateScreen({ phone }: { phone: Phone }) {
  return (
    <main class="settings">
      <Conflicts phone={phone} />
      <Place phone={phone} />
      <Sending phone={phone} />
      <LastScans />
      <SignOut phone={phone} />
    </main>
  );
}

function Conflicts({ phone }: { phone: Phone }) {
  const found = conflicts.value;
  if (found.length === 0) return null;
  return (
    <section aria-labelledby="conflicts">
      <h2 id="conflicts">Conflicts</h2>
      <p>These guests were admitted here without a connection. The server has refused them since.</p>
      <ul class="cards">
        {found.map((one) => (
          <ConflictCard key={one.scanId} of={one} phone={phone} />
        ))}
      </ul>
    </section>
  );
}

function ConflictCard({ of, phone }: { of: Conflict; phone: Phone }) {
  const { functionCode, venueCode: here, scannedAt, lastRedemption, detail, ticketCode } = of;
  return (
    <li class="card conflict">
      <p>
        <strong>{labelOf(functionCode)}</strong>, admitted {here !== null && `at ${venueNameOf(here)} `}
        {timeOf(scannedAt)}.
      </p>
      <p>{lastRedemption ? `Also admitted ${whereAndWhen(lastRedemption)}.` : detail}</p>
      <p class="note">Ticket {ticketCode}</p>
      <button type="button" onClick={() => void phone.noteConflict(of.scanId)}>
        Noted
      </button>
    </li>
  );
}

function Place({ phone }: { phone: Phone }) {
  const facts = gate.value;
  if (!facts) return <p>The gate’s settings are being fetched …</p>;
  const { venue_code: fixed, venues, functions } = facts;
  return (
    <section aria-labelledby="place">
      <h2 id="place">{facts.name}</h2>
      {fixed !== null && <p>At {venueNameOf(fixed)}.</p>}
      {fixed === null && venues.length > 0 && (
        <label class="field">
          <span>Venue</span>
          <select
            value={venueCode.value ?? ''}
            onChange={(event) => void phone.choose({ venueCode: event.currentTarget.value || null })}
          >
            <option value="">Choose …</option>
            {venues.map(({ venue_code, name }) => (
              <option key={venue_code} value={venue_code}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        <span>Redeem here</span>
        <select
          value={choice.value.functionCode ?? ''}
          onChange={(event) => void phone.choose({ functionCode: event.currentTarget.value || null })}
        >
          <option value="">Choose …</option>
          {functions.map(({ function_code, label }) => (
            <option key={function_code} value={function_code}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </section>
  );
}

function Sending({ phone }: { phone: Phone }) {
  const asOf = revocationsAsOf.value;
  const elsewhere = unsentElsewhere.value;
  return (
    <section aria-labelledby="sending">
      <h2 id="sending">Connection</h2>
      <p>
        {isOnline.value ? 'Online.' : 'Offline: tickets are checked by this phone alone.'}{' '}
        {unsentCount.value === 0 ? 'Everything is sent.' : `${unsentCount.value} to send.`}
      </p>
      {elsewhere > 0 && (
        <p class="notice">
          {elsewhere} {elsewhere === 1 ? 'was' : 'were'} admitted at another venue, for which this key is not.
          Sign out, and sign in with a key for that venue to send {elsewhere === 1 ? 'it' : 'them'}.
        </p>
      )}
      <p class="note">
        {asOf === null
          ? 'Void tickets are not known yet.'
          : `Void tickets last fetched ${timeOf(Date.parse(asOf))}.`}
      </p>
      <button type="button" onClick={() => void phone.catchUp()}>
        Connect now
      </button>
    </section>
  );
}

function LastScans() {
  if (history.value.length === 0) return null;
  return (
    <section aria-labelledby="last-scans">
      <h2 id="last-scans">Last scans</h2>
      <ol class="history">
        {history.value.map((one) => (
          <li key={one.at.getTime()} class={one.verdict}>
            <strong>{one.title}</strong> {timeOf(one.at.getTime())}
            <br />
            {one.detail} {one.left}
          </li>
        ))}
      </ol>
    </section>
  );
}

function SignOut({ phone }: { phone: Phone }) {
  const problem = useSignal('');
  return (
    <section aria-label="Sign out">
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <button type="button" onClick={() => void phone.signOut().then((told) => (problem.value = told ?? ''))}>
        Sign out
      </button>
    </section>
  );
}
