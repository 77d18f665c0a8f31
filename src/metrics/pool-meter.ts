import { Gauge, type Registry } from 'prom-client';
import { type ConnectionPool, standingOf } from '../db/connections.ts';

/** What a process uses connections for. */
type PoolName = 'sales' | 'reports' | 'limits' | 'work';

/** Shows how many connections to PostgreSQL a process has and who waits for one; returns how to name a pool to it. */
export function createPoolMeter(registry: Registry): (name: PoolName, pool: ConnectionPool) => void {
  const pools = new Map<PoolName, ConnectionPool>();
  const registers = [registry];
  const labelNames = ['pool'] as const;
  const most = new Gauge({
    name: 'allotment_database_connections_max',
    help: 'Connections to PostgreSQL that this process opens at most.',
    labelNames,
    registers,
  });
  const waiting = new Gauge({
    name: 'allotment_database_connections_waiting',
    help: 'Those who wait for a connection to PostgreSQL.',
    labelNames,
    registers,
    collect() {
      for (const [pool, connections] of pools) this.set({ pool }, standingOf(connections).waiting);
    },
  });
  const connected = new Gauge({
    name: 'allotment_database_connections',
    help: 'Connections to PostgreSQL, by what they are for and whether somebody has them.',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, connections] of pools) {
        const { inUse, idle } = standingOf(connections);
        this.set({ pool, state: 'in_use' }, inUse);
        this.set({ pool, state: 'idle' }, idle);
      }
    },
  });
  return (pool, connections) => {
    pools.set(pool, connections);
    most.set({ pool }, standingOf(connections).most);
    waiting.set({ pool }, 0);
    connected.set({ pool, state: 'idle' }, 0);
  };
}
