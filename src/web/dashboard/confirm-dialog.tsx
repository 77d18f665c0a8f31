import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Action } from './api.ts';
import type { Desk } from './desk.ts';
import { intent } from './state.ts';

const UNANSWERED =
  'The server did not answer, so this may be done or not. Try again: it will not be done twice.';

/**
 * Says what is about to happen, and does it once: whatever is pressed again carries the same key, until the
 * server has answered. Then the dialog closes, and the focus goes back to where it came from.
 */
export function ConfirmDialog({
  desk,
  title,
  confirm,
  perform,
  told,
  landing,
  isReady = true,
  children,
}: {
  desk: Desk;
  title: string;
  /** What the button says, a verb first. */
  confirm: string;
  perform: Action;
  /** What is told once it is done. */
  told: string;
  /** Where the focus goes when that from which it came will be gone: the id of a heading. */
  landing?: string;
  isReady?: boolean;
  children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const idempotencyKey = useRef(newKey());
  const isBusy = useSignal(false);
  const isUnanswered = useSignal(false);
  const problem = useSignal('');
  useLayoutEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy.value || !isReady) return;
    isBusy.value = true;
    problem.value = '';
    const answered = await perform(idempotencyKey.current);
    isBusy.value = false;
    const isOpenQuestion = !answered.reached || (!answered.ok && answered.problem.status >= 500);
    isUnanswered.value = isOpenQuestion;
    if (answered.reached && answered.ok) {
      dialog.current?.close();
      if (landing) document.getElementById(landing)?.focus();
      desk.changed(told);
    } else if (answered.reached && answered.problem.status === 401) {
      desk.sessionEnded(answered.problem.detail);
    } else if (isOpenQuestion) {
      problem.value = UNANSWERED;
    } else if (answered.reached) {
      problem.value = [answered.problem.detail, ...fieldsOf(answered.problem)].join(' ');
    }
  };

  return (
    <dialog
      ref={dialog}
      class="confirm"
      aria-labelledby="confirm-title"
      aria-describedby="confirm-what"
      onCancel={(event) => isBusy.value && event.preventDefault()}
      // A second Escape closes whatever its `cancel` says.
      onKeyDown={(event) => isBusy.value && event.key === 'Escape' && event.preventDefault()}
      onClose={() => {
        intent.value = null;
        if (isUnanswered.value) desk.changed('Not known whether that was done: look before you do it again.');
      }}
    >
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="confirm-title">{title}</h2>
        {/* While it is unknown whether it is done, nothing may be changed about what is asked for. */}
        <fieldset id="confirm-what" disabled={isBusy.value || isUnanswered.value}>
          {children}
        </fieldset>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <div class="buttons">
          <button type="button" disabled={isBusy.value} onClick={() => dialog.current?.close()}>
            {isUnanswered.value ? 'Close' : 'Cancel'}
          </button>
          <button type="submit" class="primary" disabled={isBusy.value || !isReady}>
            {isBusy.value ? 'One moment …' : isUnanswered.value ? 'Try again' : confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** 128 random bits; `crypto.randomUUID` is missing where the page came without TLS. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const fieldsOf = ({ errors = [] }: { errors?: { path: string; message: string }[] }): string[] =>
  errors.map(({ path, message }) => `${path} ${message}.`);
