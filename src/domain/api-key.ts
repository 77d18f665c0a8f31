import type { PartnerMode } from './states.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** As long as one another, so that a key's parts lie at the same places. */
const prefixes: Record<PartnerMode, string> = { live: 'alt_live_', test: 'alt_test_' };
const PREFIX_LENGTH = prefixes.live.length;
/** 256 bits and a CRC-32, each in base62. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;

/** The parts of a key that may be shown again: enough to recognise it by. */
export const shownPrefix = (key: string): string => key.slice(0, PREFIX_LENGTH + 6);

/** The mode that a well-formed key is of; a key of one mode is none of a partner of the other. */
export const modeOfApiKey = (key: string): PartnerMode => (key.startsWith(prefixes.test) ? 'test' : 'live');

/** A key from 32 random bytes and the checksum function. */
export function formatApiKey(
  random: Uint8Array,
  crc32: (text: string) => number,
  mode: PartnerMode = 'live',
): string {
  const number = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const secret = prefixes[mode] + base62(number, SECRET_LENGTH);
  return secret + base62(BigInt(crc32(secret)), CHECKSUM_LENGTH);
}

/** Whether a text can be a key at all: a mistyped one is refused without a look-up. */
export function isWellFormedApiKey(text: string, crc32: (text: string) => number): boolean {
  if (!/^alt_(live|test)_[0-9A-Za-z]{49}$/.test(text)) return false;
  const secret = text.slice(0, PREFIX_LENGTH + SECRET_LENGTH);
  return text.slice(secret.length) === base62(BigInt(crc32(secret)), CHECKSUM_LENGTH);
}

function base62(number: bigint, length: number): string {
  let digits = '';
  for (let rest = number; digits.length < length; rest /= 62n) {
    digits = (ALPHABET[Number(rest % 62n)] ?? '') + digits;
  }
  return digits;
}
