import { useSignal } from '@preact/signals';
import { GateScreen } from './gate-screen.tsx';
import type { Phone } from './phone.ts';
import { ScanScreen } from './scan-screen.tsx';
import { SignIn } from './sign-in.tsx';
import { conflicts, isChosen, isOnline, session, unsentCount } from './state.ts';

/** Two screens, the gate's settings and the scan; before them the sign-in. */
export function App({ phone }: { phone: Phone }) {
  const wanted = useSignal<'scan' | 'gate'>('scan');
  if (session.value === 'unknown') return null;
  if (session.value === 'none') return <SignIn phone={phone} />;
  const screen = isChosen.value ? wanted.value : 'gate';
  const waiting = conflicts.value.length;
  return (
    <div class="page">
      <Connection />
      {screen === 'scan' ? <ScanScreen phone={phone} /> : <GateScreen phone={phone} />}
      <nav class="tabs" aria-label="Screens">
        <button
          type="button"
          aria-current={screen === 'scan' ? 'page' : undefined}
          disabled={!isChosen.value}
          onClick={() => (wanted.value = 'scan')}
        >
          Scan
        </button>
        <button
          type="button"
          aria-current={screen === 'gate' ? 'page' : undefined}
          onClick={() => (wanted.value = 'gate')}
        >
          Gate
          {waiting > 0 && (
            <span class="badge">
              {waiting} {waiting === 1 ? 'conflict' : 'conflicts'}
            </span>
          )}
        </button>
      </nav>
    </div>
  );
}

function Connection() {
  const unsent = unsentCount.value;
  const waits = unsent === 0 ? '' : ` · ${unsent} to send`;
  return (
    <header class={isOnline.value ? 'connection' : 'connection offline'}>
      <h1>Gate</h1>
      <p role="status">{(isOnline.value ? 'Online' : 'Offline') + waits}</p>
    </header>
  );
}
