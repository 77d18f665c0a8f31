import { MikroORM } from '@mikro-orm/postgresql';
import { ormConfig } from './mikro-orm.config.ts';
import type { Patience } from './patience.ts';

export type { EntityManager } from '@mikro-orm/postgresql';

/** Opens the pool lazily: a process starts, and says so, before PostgreSQL answers. */
export function openDatabase(databaseUrl: string, patience: Patience, poolSize: number): Promise<MikroORM> {
  return MikroORM.init(ormConfig(databaseUrl, patience, poolSize));
}
