import type { House } from './house.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- an event's data has whatever shape the test expects of it
export type Told = { event: string; id: string; data: any };

/** A stream of events that a test reads as a browser does. */
export type Following = {
  status: number;
  headers: Headers;
  /** The next event that says more than that the stream is alive; undefined when it has ended. */
  next(): Promise<Told | undefined>;
  /** Everything that came. */
  text(): string;
  leave(): void;
};

export const EVENTS = '/api/admin/overview/events';

export async function openStream(house: House, headers: Record<string, string>): Promise<Following> {
  const leaving = new AbortController();
  const response = await fetch(house.url + EVENTS, {
    headers: { Accept: 'text/event-stream', ...headers },
    signal: leaving.signal,
  });
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let all = '';
  let unread = '';
  const next = async (): Promise<Told | undefined> => {
    for (;;) {
      const end = unread.indexOf('\n\n');
      if (end === -1) {
        const chunk = await reader?.read();
        if (!chunk || chunk.done) return undefined;
        const text = decoder.decode(chunk.value, { stream: true });
        all += text;
        unread += text;
        continue;
      }
      const block = unread.slice(0, end);
      unread = unread.slice(end + 2);
      const fields = new Map(
        block.split('\n').map((line): [string, string] => {
          const colon = line.indexOf(': ');
          return [line.slice(0, colon), line.slice(colon + 2)];
        }),
      );
      const event = fields.get('event');
      if (event !== undefined && event !== 'beat') {
        return { event, id: fields.get('id') ?? '', data: JSON.parse(fields.get('data') ?? 'null') };
      }
    }
  };
  return {
    status: response.status,
    headers: response.headers,
    next,
    text: () => all,
    leave: () => leaving.abort(),
  };
}

/** The first events of a stream. */
export async function follow(house: House, count: number, headers: Record<string, string>): Promise<Told[]> {
  const following = await openStream(house, headers);
  const told: Told[] = [];
  while (told.length < count) {
    const one = await following.next();
    if (!one) break;
    told.push(one);
  }
  following.leave();
  return told;
}
