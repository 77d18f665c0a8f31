import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';

type Words = { label: string; note: string; missing: string };

/**
 * The sign-in of a page. The key is sent once and kept nowhere: a cookie that scripts cannot read takes its
 * place. `signIn` tells what went wrong, or nothing when it went well.
 */
export function KeyForm({
  words,
  signIn,
  takesFocus = false,
}: {
  words: Words;
  signIn: (key: string) => Promise<string | undefined>;
  takesFocus?: boolean;
}) {
  const problem = useSignal('');
  const isBusy = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  // Before anything can be typed: what is typed is not to be lost.
  useLayoutEffect(() => {
    if (takesFocus) field.current?.focus();
  }, []);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const key = (field.current?.value ?? '').trim();
    if (key === '') {
      problem.value = words.missing;
      return;
    }
    isBusy.value = true;
    problem.value = (await signIn(key)) ?? '';
    isBusy.value = false;
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label for="key">{words.label}</label>
      <input
        ref={field}
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
        {words.note}
      </p>
      <p id="key-problem" class="problem" role="alert">
        {problem.value}
      </p>
      <button type="submit" class="primary" disabled={isBusy.value}>
        Sign in
      </button>
    </form>
  );
}
