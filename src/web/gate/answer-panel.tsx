import { useEffect, useRef } from 'preact/hooks';
import { answer, type Answer, isChecking } from './state.ts';

/** One big answer, or what to do for one. */
export function AnswerPanel() {
  const shown = answer.value;
  const place = useRef<HTMLElement>(null);
  // On a small phone it may have been scrolled away to reach the field for codes.
  useEffect(() => {
    if (shown) place.current?.scrollIntoView({ block: 'nearest' });
  }, [shown]);
  return (
    <section ref={place} class="answer-place" aria-label="Answer" aria-live="assertive" aria-atomic="true">
      {isChecking.value ? (
        <Waiting text="Checking …" />
      ) : shown ? (
        <Shown of={shown} />
      ) : (
        <Waiting text="Show a code" />
      )}
    </section>
  );
}

function Waiting({ text }: { text: string }) {
  return (
    <div class="answer waiting">
      <p class="title">{text}</p>
    </div>
  );
}

function Shown({ of }: { of: Answer }) {
  const isAdmitted = of.verdict === 'admitted';
  return (
    <div class={`answer ${of.verdict}`}>
      <svg viewBox="0 0 24 24" aria-hidden="true" class="sign">
        <path d={isAdmitted ? 'M4 13l5 5L20 6' : 'M5 5l14 14M19 5L5 19'} />
      </svg>
      <p class="title">{of.title}</p>
      <p class="detail">{of.detail}</p>
      {of.left !== null && <p class="left">{of.left}</p>}
      {of.isOffline && <p class="offline-mark">{isAdmitted ? 'Offline: sent later' : 'Offline'}</p>}
    </div>
  );
}
