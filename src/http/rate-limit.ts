import type { Context } from 'koa';
import { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { LimitName } from '../contract/operation.ts';
import type { ConnectionPool } from '../db/connections.ts';
import type { Patience } from '../db/patience.ts';
import { type Admitted, admitCallers, type Knock } from '../db/queries/admit-callers.ts';
import { Together } from '../db/together.ts';
import { Refusal } from '../domain/errors.ts';
import { inSpan } from '../tracing/spans.ts';

const WINDOW_SECONDS = 60;
const GATE_PER_MINUTE = 6_000;
const ADDRESS_PER_MINUTE = 600;

/** Where a caller's minute stands with this request, counted in. */
type Standing = { used: number; msLeft: number };

/**
 * Counts requests in PostgreSQL, so that all API processes share a partner's minute. The counters have
 * connections of their own that do not wait for the disk: what a crash loses is a minute's count.
 */
export class RateLimits {
  readonly #pool: Pool;
  readonly #perPartner: number;
  readonly #limiters = new Map<number, RateLimiterPostgres>();
  readonly #knocking: Together<Knock, Admitted | undefined>;

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
    this.#knocking = new Together((knocks) => admitCallers(this.#pool, knocks, WINDOW_SECONDS * 1000));
  }

  /** Its connections, to look at. */
  get pool(): ConnectionPool {
    return this.#pool;
  }

  /** A limit's size: the partner's setting raises every other that lies below it. */
  sizeOf(name: Exclude<LimitName, 'none'>, ofPartner?: number | null, ofKey?: number | null): number {
    if (name === 'partner') {
      const size = ofPartner ?? this.#perPartner;
      return ofKey ? Math.min(size, ofKey) : size;
    }
    return Math.max(name === 'address' ? ADDRESS_PER_MINUTE : GATE_PER_MINUTE, this.#perPartner);
  }

  /** Finds a caller by the hash of its key and counts the request, in one round trip that callers share. */
  knock(knock: Knock): Promise<Admitted | undefined> {
    return inSpan('admit', {}, () => this.#knocking.ask(knock));
  }

  /** Counts a request of somebody without a key: of an address. */
  async consume(ctx: Context, name: Exclude<LimitName, 'none'>, who: string, size: number): Promise<void> {
    try {
      const { consumedPoints, msBeforeNext } = await this.#limiter(size).consume(`${name}:${who}`);
      this.tell(ctx, name, size, { used: consumedPoints, msLeft: msBeforeNext });
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      // Refused from memory, it is not counted any more.
      this.tell(ctx, name, size, { used: size + 1, msLeft: error.msBeforeNext });
    }
  }

  /** Tells the caller where it stands; refuses the request where the minute was used up before it. */
  tell(ctx: Context, name: Exclude<LimitName, 'none'>, size: number, { used, msLeft }: Standing): void {
    const seconds = Math.max(1, Math.ceil(msLeft / 1000));
    ctx.set('RateLimit-Policy', `"${name}";q=${size};w=${WINDOW_SECONDS}`);
    ctx.set('RateLimit', `"${name}";r=${Math.max(0, size - used)};t=${seconds}`);
    if (used > size) {
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
