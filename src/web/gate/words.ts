import type { LastRedemption, Problem, Redeemed } from './api.ts';
import type { Decision } from './decide-offline.ts';
import type { Reading } from './read-token.ts';

/** What an operator reads: a word or two, then a sentence. */
export type Words = { title: string; detail: string; left: string | null };
type Label = (functionCode: string) => string;

const words = (title: string, detail: string, left: string | null = null): Words => ({ title, detail, left });

export const admittedWords = (quantity: number, label: string, remaining: number | null): Words =>
  words('Admitted', `${quantity} × ${label}`, remaining === null ? null : leftWords(remaining));

export const leftWords = (remaining: number): string => (remaining === 0 ? 'None left' : `${remaining} left`);

export const redeemedWords = (
  { function_code, remaining }: Redeemed,
  quantity: number,
  label: Label,
): Words => admittedWords(quantity, label(function_code), remaining);

/** Why the server keeps the gate closed. */
export function refusedWords(problem: Problem, functionCode: string, label: Label): Words {
  const before = problem.last_redemption;
  switch (problem.code) {
    case 'NOTHING_REMAINING': {
      const remaining = problem.remaining ?? 0;
      if (remaining > 0)
        return words(
          'Too few left',
          `${label(functionCode)} was asked for more often.`,
          leftWords(remaining),
        );
      return words(
        'Used up',
        before
          ? `${label(functionCode)} was used ${whereAndWhen(before)}.`
          : `No ${label(functionCode)} left.`,
      );
    }
    case 'TOKEN_REPLAYED':
      return words(
        'Code used',
        `This code was scanned ${before ? whereAndWhen(before) : 'before'}. Ask for a fresh one.`,
      );
    case 'TICKET_VOID':
      return words('Void', 'This ticket was cancelled.');
    case 'TICKET_TEST':
      return words('Test ticket', 'It was made in the sandbox and admits nowhere.');
    case 'WRONG_FUNCTION':
      return words(
        'Not included',
        `No ${label(functionCode)}. This ticket is for: ${(problem.functions ?? []).map(label).join(', ')}.`,
      );
    case 'TOKEN_INVALID':
      return words('Not valid', problem.detail);
    case 'NOT_FOUND':
      return words('Not valid', 'There is no ticket with this code.');
    default:
      return words('Refused', problem.errors?.map(({ message }) => message).join(' ') ?? problem.detail);
  }
}

/** For a defect of the phone: what it cannot keep, it cannot admit. */
export const failedWords = words(
  'Cannot tell',
  'This phone cannot keep what it admits. Open the page again.',
);

/** Why a code is none of ours, as far as the phone can tell. */
export function foreignWords({ reason }: Extract<Reading, { kind: 'foreign' }>): Words {
  switch (reason) {
    case 'NO_TOKEN':
      return words('Not valid', 'This is not a ticket of ours, or it was not read well.');
    case 'UNKNOWN_KEY':
      return words('Not valid', 'This phone does not know the key that signed it. Connect, then scan again.');
    case 'BAD_SIGNATURE':
      return words('Not valid', 'The signature is wrong: this ticket is forged or damaged.');
  }
}

/** Why the phone keeps the gate closed by itself. */
export function offlineWords(decision: Extract<Decision, { admit: false }>, label: string): Words {
  switch (decision.reason) {
    case 'REVOKED':
      return words('Void', 'This ticket was cancelled, or is a test.');
    case 'EXPIRED':
      return words('Code expired', 'Ask the guest to show a fresh one.');
    case 'CODE_USED':
      return words(
        'Code used',
        `This code was scanned on this phone ${timeOf(decision.at)}. Ask for a fresh one.`,
      );
    case 'ADMITTED_HERE':
      return words('Used here', `${label} was admitted on this phone ${timeOf(decision.at)}.`);
    case 'WRONG_FUNCTION':
      return words('Not included', `This ticket has no ${label}.`);
    case 'NOTHING_REMAINING':
      return decision.remaining > 0
        ? words('Too few left', `${label} was asked for more often.`, leftWords(decision.remaining))
        : words(
            'Used up',
            decision.at === undefined
              ? `No ${label} left.`
              : `${label} was admitted on this phone ${timeOf(decision.at)}.`,
          );
  }
}

/** "at Pier 2 at 10:02", with the day where it is not today. */
export function whereAndWhen({ venue_code, venue_name, redeemed_at }: LastRedemption): string {
  const venue = venue_name ?? venue_code;
  return `${venue === null ? '' : `at ${venue} `}${timeOf(Date.parse(redeemed_at))}`;
}

/** "at 10:02", or "on 3 Jun at 10:02" of another day. */
export function timeOf(milliseconds: number): string {
  const time = new Date(milliseconds);
  const clock = time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
  const isToday = time.toDateString() === new Date().toDateString();
  return isToday
    ? `at ${clock}`
    : `on ${time.toLocaleDateString([], { day: 'numeric', month: 'short' })} at ${clock}`;
}
