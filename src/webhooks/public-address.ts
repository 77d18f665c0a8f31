import { lookup } from 'node:dns';
import { lookup as lookUp } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Said of an address that webhooks may not go to; which one it is, nobody is told. */
export const NOT_PUBLIC = 'The host has an address that is not public.';

/** How long a look-up may take while a caller waits for it. */
const LOOK_UP_PATIENCE_MS = 1_000;

/** All that is assigned to the public internet; the rest of IPv6 is reserved, or holds IPv4 addresses. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is one of the public internet. Everything with a purpose of its own is not: private,
 * loopback, link-local, carrier-grade NAT, multicast, reserved, documentation, translation and tunnels.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST));
}

/** What is wrong with an address to send webhooks to, as far as it can be seen; undefined where nothing is. */
export async function whyNotReachable(text: string, allowPrivate: boolean): Promise<string | undefined> {
  const problem = whyNotAnAddress(text, allowPrivate);
  if (problem || allowPrivate) return problem;
  const host = hostOf(new URL(text));
  const addresses = isIP(host) ? [host] : await addressesOf(host);
  if (addresses.length === 0) return 'has a host that cannot be found';
  return addresses.every(isPublicAddress) ? undefined : 'must be a public address';
}

/** What can be seen to be wrong without a look-up of the host. */
export function whyNotAnAddress(text: string, allowPrivate: boolean): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const schemes = allowPrivate ? ['https:', 'http:'] : ['https:'];
  if (!url || !schemes.includes(url.protocol)) return 'must be an https URL';
  if (url.username !== '' || url.password !== '') return 'must not contain a user or a password';
  return url.hash === '' ? undefined : 'must not contain a fragment';
}

/** A URL's host without the brackets of an IPv6 address. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

async function addressesOf(host: string): Promise<string[]> {
  const { promise: tooLate, resolve } = Promise.withResolvers<[]>();
  const timer = setTimeout(() => resolve([]), LOOK_UP_PATIENCE_MS);
  try {
    const found = await Promise.race([lookUp(host, { all: true }).catch(() => []), tooLate]);
    return found.map(({ address }) => address);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A look-up for a connection that refuses a host with any address that is not public. The connection is
 * made to what it returns, so a name that changes its address between check and use gains nothing.
 */
export const publicLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '');
    if (!addresses.every(({ address }) => isPublicAddress(address))) return done(new Error(NOT_PUBLIC), '');
    const [first] = addresses;
    if (options.all || !first) return done(null, addresses);
    return done(null, first.address, first.family);
  });
};
