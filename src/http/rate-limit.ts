import type { Context } from 'koa';
import { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { LimitName } from '../contract/operation.ts';
import type { Patience } from '../db/patience.ts';
import { Refusal } from '../domain/errors.ts';

const WINDOW_SECONDS = 60;
const GATE_PER_MINUTE = 6_000;
const ADDRESS_PER_MINUTE = 600;

/**
 * Counts requests in PostgreSQL, so that all API processes share a partner's minute. The counters have
 * connections of their own that do not wait for the disk: what a crash loses is a minute's count.
 */
export class RateLimits {
  readonly #pool: Pool;
  readonly #perPartner: number;
  readonly #limiters = new Map<number, RateLimiterPostgres>();

  constructor(
    databaseUrl: string,
    patience: Patience,
    partnerPerMinute: number,
    onError: (error: Error) => void,
  ) {
    this.#perPartner = partnerPerMinute;
    this.#pool = new Pool({
      connectionString: databaseUrl,
      max: 4,
      application_name: 'allotment-limits',
      options: '-c synchronous_commit=off',
      ...patience,
    });
    this.#pool.on('error', onError);
  }

  /** A limit's size: the partner's setting raises every other that lies below it. */
  sizeOf(name: Exclude<LimitName, 'none'>, ofPartner?: number | null, ofKey?: number | null): number {
    if (name === 'partner') {
      const size = ofPartner ?? this.#perPartner;
      return ofKey ? Math.min(size, ofKey) : size;
    }
    return Math.max(name === 'address' ? ADDRESS_PER_MINUTE : GATE_PER_MINUTE, this.#perPartner);
  }

  /** Counts a request and tells the caller where it stands; refuses it where the minute is used up. */
  async consume(ctx: Context, name: Exclude<LimitName, 'none'>, who: string, size: number): Promise<void> {
    let standing: RateLimiterRes;
    let exceeded = false;
    try {
      standing = await this.#limiter(size).consume(`${name}:${who}`);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      standing = error;
      exceeded = true;
    }
    const seconds = Math.max(1, Math.ceil(standing.msBeforeNext / 1000));
    ctx.set('RateLimit-Policy', `"${name}";q=${size};w=${WINDOW_SECONDS}`);
    ctx.set('RateLimit', `"${name}";r=${Math.max(0, standing.remainingPoints)};t=${seconds}`);
    if (exceeded) {
      ctx.set('Retry-After', String(seconds));
      throw new Refusal('RATE_LIMITED', `More than ${size} requests a minute. Try again in ${seconds} s.`);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  /** One for each size; what they count is shared through the key. */
  #limiter(size: number): RateLimiterPostgres {
    const known = this.#limiters.get(size);
    if (known) return known;
    const limiter = new RateLimiterPostgres({
      storeClient: this.#pool,
      storeType: 'pool',
      tableName: 'rate_limits',
      tableCreated: true,
      keyPrefix: '',
      points: size,
      duration: WINDOW_SECONDS,
      inMemoryBlockOnConsumed: size + 1,
    });
    this.#limiters.set(size, limiter);
    return limiter;
  }
}
