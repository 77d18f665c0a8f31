/** A code that stays in view is one scan; it must be gone for so long to count again. */
const GONE_MS = 2_500;

/** Passes a text on when it was not in view just before. */
export function comingIntoView(onCode: (text: string) => void, now = () => performance.now()) {
  let last: { text: string; seenAt: number } | undefined;
  return (text: string | undefined): void => {
    if (text === undefined) return;
    const isStillThere = last?.text === text && now() - last.seenAt < GONE_MS;
    last = { text, seenAt: now() };
    if (!isStillThere) onCode(text);
  };
}
