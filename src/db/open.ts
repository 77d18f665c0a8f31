import { MikroORM } from '@mikro-orm/postgresql';
import type { ConnectionPool } from './connections.ts';
import { ormConfig } from './mikro-orm.config.ts';
import type { Patience } from './patience.ts';

export type { EntityManager } from '@mikro-orm/postgresql';

/**
 * Opens the pool lazily: a process starts, and says so, before PostgreSQL answers. `watch` is given the pool, to look
 * at and no more.
 */
export function openDatabase(
  databaseUrl: string,
  patience: Patience,
  poolSize: number,
  watch?: (pool: ConnectionPool) => void,
): Promise<MikroORM> {
  return MikroORM.init(ormConfig(databaseUrl, patience, poolSize, watch));
}
