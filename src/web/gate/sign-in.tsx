import { useSignal } from '@preact/signals';
import type { Phone } from './phone.ts';
import { unsentCount } from './state.ts';

/** The key is sent once and kept nowhere: a cookie that scripts cannot read takes its place. */
export function SignIn({ phone }: { phone: Phone }) {
  const problem = useSignal('');
  const isBusy = useSignal(false);
  const unsent = unsentCount.value;
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const key = (new FormData(form).get('key') as string).trim();
    if (key === '') {
      problem.value = 'Enter the key of this gate.';
      return;
    }
    isBusy.value = true;
    problem.value = (await phone.signIn(key)) ?? '';
    isBusy.value = false;
  };
  return (
    <main class="sign-in">
      <h1>Gate</h1>
      {unsent > 0 && (
        <p class="notice">
          {unsent} {unsent === 1 ? 'admission is' : 'admissions are'} yet to be sent. Sign in to send{' '}
          {unsent === 1 ? 'it' : 'them'}.
        </p>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <label for="key">Key of this gate</label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          aria-describedby="key-note key-problem"
          aria-invalid={problem.value !== ''}
        />
        <p id="key-note" class="note">
          Entered once. The phone stays signed in for 30 days and does not keep the key.
        </p>
        <p id="key-problem" class="problem" role="alert">
          {problem.value}
        </p>
        <button type="submit" class="primary" disabled={isBusy.value}>
          Sign in
        </button>
      </form>
    </main>
  );
}
