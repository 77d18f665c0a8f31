import { describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import {
  isPublicAddress,
  NOT_PUBLIC,
  publicLookup,
  whyNotReachable,
} from '../../src/webhooks/public-address.ts';

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '93.184.215.14', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'is true of %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['loopback', '::1'],
    ['unspecified', '0.0.0.0'],
    ['unspecified', '::'],
    ['private', '10.0.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.0.1'],
    ['link-local, with the metadata of clouds', '169.254.169.254'],
    ['link-local', 'fe80::1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['documentation', '192.0.2.1'],
    ['benchmarks', '198.18.0.1'],
    ['unique local', 'fd00::1'],
    ['IPv4 in IPv6', '::ffff:127.0.0.1'],
    ['IPv4 in IPv6', '::ffff:a00:1'],
    ['IPv4 in deprecated IPv6', '::127.0.0.1'],
    ['IPv4 in deprecated IPv6', '::a9fe:a9fe'],
    ['reserved IPv6', '::2'],
    ['translation', '64:ff9b::10.0.0.1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:1::'],
    ['documentation', '2001:db8::1'],
    ['no address', 'localhost'],
    ['no address', ''],
  ])('is false of %s: %s', (_what, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('publicLookup', () => {
  const look = (host: string, all: boolean) =>
    new Promise<[Error | null, string | LookupAddress[]]>((resolve) => {
      publicLookup(host, { all }, (error, address) => resolve([error, address]));
    });

  it.each([true, false])('refuses a name with an address that is not public (all: %s)', async (all) => {
    const [error] = await look('localhost', all);
    expect(error?.message).toBe(NOT_PUBLIC);
  });

  it('passes on that a name cannot be found', async () => {
    const [error] = await look('no-such-host.invalid', true);
    expect(error).toMatchObject({ syscall: 'getaddrinfo' });
  });

  it.each([true, false])('gives the addresses that were checked (all: %s)', async (all) => {
    const [error, found] = await look('8.8.8.8', all);
    expect([error, found]).toEqual([null, all ? [{ address: '8.8.8.8', family: 4 }] : '8.8.8.8']);
  });
});

describe('whyNotReachable', () => {
  it('has nothing against a private address, or http, where that is allowed', async () => {
    for (const address of ['http://127.0.0.1:9/', 'https://localhost/']) {
      expect(await whyNotReachable(address, true)).toBeUndefined();
      expect(await whyNotReachable(address, false)).toMatch(/must be/);
    }
  });
});
