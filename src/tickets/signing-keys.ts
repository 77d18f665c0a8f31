import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

/** The first key of the set signs; every key verifies. */
export type SigningKeys = {
  signing: { kid: string; privateKey: KeyObject };
  verifying: Map<string, { publicKey: KeyObject; x: string }>;
};

/** RFC 8037: `x` and, in the private half, `d` are 32 bytes in base64url. */
export type PublicJwk = { kty: 'OKP'; crv: 'Ed25519'; x: string; kid: string; use: 'sig'; alg: 'EdDSA' };

/** The JSON text of a private JWK set with one new Ed25519 key. */
export function generateSigningKeySet(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  return JSON.stringify({ keys: [{ ...publicJwk(x), d }] });
}

/**
 * Reads a JWK set, and throws with every problem it finds. To rotate, put a new key first and leave
 * the old one behind it, with `d` or without, for as long as its tickets are to be accepted.
 */
export function readSigningKeySet(json: string): SigningKeys {
  const jwks = readJwks(json);
  const problems = jwks.flatMap((jwk, index) => [
    ...jwkProblems(jwk, index === 0).map((problem) => `keys[${index}]: ${problem}`),
    ...(repeatsKid(jwks, index) ? [`keys[${index}]: kid is the same as that of an earlier key`] : []),
  ]);
  if (problems.length > 0) throw invalidKeySet(problems);

  const [first] = jwks;
  if (first === undefined) throw invalidKeySet(['keys must hold at least one key']);
  const publicParts = jwks.map((jwk) => String(jwk.x));
  return {
    signing: { kid: keyId(String(first.x)), privateKey: privateKeyOf(String(first.d)) },
    verifying: new Map(publicParts.map((x) => [keyId(x), { publicKey: publicKeyOf(x), x }])),
  };
}

/** What /.well-known/jwks.json shows: no private part. */
export function publicKeySet(keys: SigningKeys): { keys: PublicJwk[] } {
  return { keys: [...keys.verifying.values()].map(({ x }) => publicJwk(x)) };
}

function publicJwk(x: string): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x, kid: keyId(x), use: 'sig', alg: 'EdDSA' };
}

/** Eight hex digits: four bytes are all that a token has room for. */
function keyId(x: string): string {
  return createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex').slice(0, 8);
}

function readJwks(json: string): Record<string, unknown>[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // The parser's own message quotes the text, which is secret.
    throw invalidKeySet(['is not JSON']);
  }
  const keys = isRecord(parsed) ? parsed.keys : undefined;
  if (!Array.isArray(keys)) throw invalidKeySet(['must be an object with an array "keys"']);
  const problems = keys.flatMap((key, index) => (isRecord(key) ? [] : [`keys[${index}]: must be an object`]));
  if (problems.length > 0) throw invalidKeySet(problems);
  return keys.filter(isRecord);
}

/** No problem quotes a value of the key: the text ends in logs. */
function jwkProblems(jwk: Record<string, unknown>, signs: boolean): string[] {
  const { x, d } = jwk;
  const hasPublicPart = isKeyPart(x);
  const hasPrivatePart = isKeyPart(d);
  const problems = Object.entries({ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA' })
    .filter(([member, expected]) => jwk[member] !== expected)
    .map(([member, expected]) => `${member} must be "${expected}"`);
  if (!hasPublicPart) problems.push('x must be 32 bytes in base64url');
  if (signs && d === undefined) problems.push('d is missing, and the first key signs');
  if (d !== undefined && !hasPrivatePart) problems.push('d must be 32 bytes in base64url');
  if (hasPublicPart && jwk.kid !== keyId(x)) problems.push(`kid must be "${keyId(x)}", from the hash of x`);
  if (hasPublicPart && hasPrivatePart && !belongTogether(x, d)) problems.push('d does not belong to x');
  return problems;
}

function repeatsKid(jwks: Record<string, unknown>[], index: number): boolean {
  const kid = jwks[index]?.kid;
  return kid !== undefined && jwks.findIndex((jwk) => jwk.kid === kid) < index;
}

function belongTogether(x: string, d: string): boolean {
  return createPublicKey(privateKeyOf(d)).export({ format: 'jwk' }).x === x;
}

function isKeyPart(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.length === 32 && bytes.toString('base64url') === value;
}

/** From the private half alone: given a JWK, Node believes its x without deriving it. */
function privateKeyOf(d: string): KeyObject {
  const pkcs8 = Buffer.concat([pkcs8Prefix, Buffer.from(d, 'base64url')]);
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
}

/** RFC 8410: the DER that stands before the 32 bytes of an Ed25519 private key. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

function publicKeyOf(x: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalidKeySet(problems: string[]): Error {
  return new Error(`The ticket signing key set is not usable: ${problems.join('; ')}`);
}
