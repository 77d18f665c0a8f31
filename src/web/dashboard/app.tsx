import { KeyForm } from '../key-form.tsx';
import { Cases } from './cases.tsx';
import type { Desk } from './desk.ts';
import { Finding, FindForm } from './find.tsx';
import { Holds } from './holds.tsx';
import { Confirmation } from './intents.tsx';
import { Pools } from './pools.tsx';
import { Reports } from './reports.tsx';
import { Sales } from './sales.tsx';
import { connection, done, overview, session, sessionNotice } from './state.ts';
import { System } from './system.tsx';
import { exactClock } from './words.ts';

/** Before everything the sign-in; then all on one page, what needs somebody first. */
export function App({ desk }: { desk: Desk }) {
  const who = session.value;
  if (who === 'unknown') return <Opening />;
  if (who === 'none') return <SignIn desk={desk} />;
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the overview
      </a>
      <header class="bar">
        <h1>Allotment</h1>
        <Connection />
        <FindForm desk={desk} />
        <div class="who">
          <span title={`Key ${who.key_prefix}…`}>{who.name}</span>
          <button type="button" class="small" onClick={() => void desk.signOut()}>
            Sign out
          </button>
        </div>
      </header>
      <Told />
      <main id="main" tabIndex={-1}>
        <Finding />
        {overview.value ? <Overview desk={desk} /> : <Loading />}
      </main>
      <Confirmation desk={desk} />
    </>
  );
}

/** A link to a part of the page would take the place of the search in the address. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Overview({ desk }: { desk: Desk }) {
  return (
    <div class="overview">
      <div>
        <Cases />
        <Holds />
      </div>
      <div>
        <Pools />
        <Sales />
        <div class="feet">
          <Reports desk={desk} />
          <System />
        </div>
      </div>
    </div>
  );
}

const connectionWords = {
  connecting: 'Connecting',
  live: 'Live',
  away: 'Database away',
  reconnecting: 'Reconnecting',
};

function Connection() {
  const state = connection.value;
  const asOf = overview.value?.as_of;
  return (
    <p class={`connection ${state}`}>
      <span role="status">{connectionWords[state]}</span>
      {asOf !== undefined && <time dateTime={asOf}>{exactClock(asOf)}</time>}
    </p>
  );
}

/** What was done last, said aloud and left to be read. */
function Told() {
  return (
    <div class="told" role="status">
      {done.value !== '' && (
        <p>
          {done.value}{' '}
          <button type="button" class="small" onClick={() => (done.value = '')}>
            Dismiss
          </button>
        </p>
      )}
    </div>
  );
}

function Loading() {
  return (
    <p class="loading" role="status">
      {connection.value === 'reconnecting'
        ? 'The server does not answer yet. This page tries again by itself.'
        : 'The figures are being fetched …'}
    </p>
  );
}

function Opening() {
  return (
    <main class="sign-in">
      <h1>Dashboard</h1>
      <p role="status">{sessionNotice.value || 'One moment …'}</p>
    </main>
  );
}

const words = {
  label: 'Admin key',
  note: 'Exchanged for a session of 12 hours. This browser does not keep the key.',
  missing: 'Enter a key with the permission admin.',
};

function SignIn({ desk }: { desk: Desk }) {
  return (
    <main class="sign-in">
      <h1>Dashboard</h1>
      <p role="status" class="note">
        {sessionNotice.value}
      </p>
      <KeyForm words={words} signIn={(key) => desk.signIn(key)} takesFocus />
    </main>
  );
}
