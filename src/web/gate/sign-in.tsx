import { KeyForm } from '../key-form.tsx';
import type { Phone } from './phone.ts';
import { unsentCount } from './state.ts';

const words = {
  label: 'Key of this gate',
  note: 'Entered once. The phone stays signed in for 30 days and does not keep the key.',
  missing: 'Enter the key of this gate.',
};

/** Before anything else, and again when the session has ended. */
export function SignIn({ phone }: { phone: Phone }) {
  const unsent = unsentCount.value;
  return (
    <main class="sign-in">
      <h1>Gate</h1>
      {unsent > 0 && (
        <p class="notice">
          {unsent} {unsent === 1 ? 'admission is' : 'admissions are'} yet to be sent. Sign in to send{' '}
          {unsent === 1 ? 'it' : 'them'}.
        </p>
      )}
      <KeyForm words={words} signIn={(key) => phone.signIn(key)} />
    </main>
  );
}
