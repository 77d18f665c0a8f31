import { useEffect, useRef } from 'preact/hooks';
import type { Desk } from './desk.ts';
import { finding } from './state.ts';
import { TrailView } from './trail.tsx';

/** By any id or reference. */
export function FindForm({ desk }: { desk: Desk }) {
  const field = useRef<HTMLInputElement>(null);
  const sought = finding.value?.sought ?? '';
  useEffect(() => {
    if (field.current) field.current.value = sought;
  }, [sought]);
  return (
    <form
      role="search"
      class="find"
      onSubmit={(event) => {
        event.preventDefault();
        desk.find(field.current?.value ?? '');
      }}
    >
      <input
        ref={field}
        type="search"
        name="sought"
        aria-label="Find by any id or reference"
        placeholder="Any id or reference"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        maxLength={200}
      />
      <button type="submit">Find</button>
    </form>
  );
}

/** What was found, above everything else until it is closed. */
export function Finding() {
  const found = finding.value;
  const heading = useRef<HTMLHeadingElement>(null);
  const isDone = found !== null && (found.matches !== null || found.problem !== '');
  // Whoever asked, by a form or by a link further down, is led to the answer.
  useEffect(() => {
    if (isDone) heading.current?.focus();
  }, [found?.sought, isDone]);
  if (!found) return null;
  return (
    <section class="finding" aria-labelledby="found">
      <div class="head">
        <h2 id="found" ref={heading} tabIndex={-1}>
          {titleOf(found.matches?.length, found.problem)} <q>{found.sought}</q>
        </h2>
        <a href="#" onClick={() => document.getElementById('main')?.focus()}>
          Close
        </a>
      </div>
      <p class="problem" role="alert">
        {found.problem}
      </p>
      {found.matches?.length === 0 && (
        <p class="empty">
          No reservation, order, payment, refund or ticket has this id or reference. Ids are found as a whole
          only; look for a letter that is missing or changed.
        </p>
      )}
      {found.matches?.map((match, place) => (
        <TrailView key={`${found.sought} ${place}`} of={match} />
      ))}
    </section>
  );
}

function titleOf(matches: number | undefined, problem: string): string {
  if (problem !== '') return 'Not searched for';
  if (matches === undefined) return 'Searching for';
  if (matches === 0) return 'Nothing found for';
  return matches === 1 ? 'Found for' : `${matches} found for`;
}
