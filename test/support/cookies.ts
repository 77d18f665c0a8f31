import type { Answer } from './house.ts';

/** The cookie that an answer sets, as a browser sends it back. */
export const cookieOf = ({ headers }: Answer): string =>
  (headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';

/** A request with a cookie in place of a key. */
export const withCookie = (cookie: string, more: Record<string, string> = {}) => ({
  key: null,
  headers: { Cookie: cookie, ...more },
});
