import { readdirSync, readFileSync } from 'node:fs';

/** Who used the processor; `limit` is the bare counterpart, `generator` the bench itself. */
export const cpuGroups = ['api', 'worker', 'postgres', 'temporal', 'limit', 'generator'] as const;
export type CpuGroup = (typeof cpuGroups)[number];
export type CpuSeconds = Record<CpuGroup, number>;

/** Linux counts in these for every program, whatever the kernel's own clock (USER_HZ). */
const TICKS_PER_SECOND = 100;

/**
 * User and system time of processes and their children since they began; undefined where there is no
 * /proc. PostgreSQL's are its whole tree: those of a connection that has ended are in its parent's sum.
 */
export function readCpuSeconds(pids: Partial<Record<CpuGroup, number[]>>): CpuSeconds | undefined {
  const processes = readProcesses();
  if (!processes) return undefined;
  const secondsOf = (pid: number): number => {
    let ticks = processes.get(pid)?.ticks ?? 0;
    for (const one of processes.values()) if (one.parent === pid) ticks += one.ticks;
    return ticks / TICKS_PER_SECOND;
  };
  const sum = (group: CpuGroup) => (pids[group] ?? []).reduce((total, pid) => total + secondsOf(pid), 0);
  const { user, system } = process.cpuUsage();
  return {
    api: sum('api'),
    worker: sum('worker'),
    postgres: sum('postgres'),
    temporal: sum('temporal'),
    limit: sum('limit'),
    generator: (user + system) / 1_000_000,
  };
}

export function cpuBetween(before?: CpuSeconds, after?: CpuSeconds): CpuSeconds | undefined {
  if (!before || !after) return undefined;
  return mapGroups((group) => after[group] - before[group]);
}

export function mapGroups(valueOf: (group: CpuGroup) => number): CpuSeconds {
  return Object.fromEntries(cpuGroups.map((group) => [group, valueOf(group)])) as CpuSeconds;
}

function readProcesses(): Map<number, { parent: number; ticks: number }> | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  const processes = new Map<number, { parent: number; ticks: number }>();
  for (const name of names) {
    const stat = readStat(name);
    if (stat) processes.set(Number(name), stat);
  }
  return processes.size > 0 ? processes : undefined;
}

function readStat(pid: string): { parent: number; ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before it is in brackets and may hold anything: state, parent, …, utime, stime, cutime, cstime.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), ticks };
  } catch {
    return undefined; // It has ended meanwhile.
  }
}
