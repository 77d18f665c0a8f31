/** A code that stays in view is one scan; it must be gone for so long to count again. */
const GONE_MS = 2_500;

/**
 * Passes a text on when it was not in view just before, also where several are in view and a look sees now the
 * one, now the other. `onCode` tells whether it has taken the text; one that it has not, it is offered again.
 */
export function comingIntoView(onCode: (text: string) => boolean, now = () => performance.now()) {
  const lastSeenAt = new Map<string, number>();
  return (text: string | undefined): void => {
    for (const [seen, at] of lastSeenAt) if (now() - at >= GONE_MS) lastSeenAt.delete(seen);
    if (text === undefined) return;
    if (lastSeenAt.has(text) || onCode(text)) lastSeenAt.set(text, now());
  };
}
