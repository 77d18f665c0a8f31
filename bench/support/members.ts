import type { RunningProcess } from '../../src/dev/running-process.ts';
import { type CpuGroup, type CpuSeconds, readCpuSeconds } from './cpu.ts';

export type Members = ReturnType<typeof openMembers>;

/** Whoever uses another stops before it. */
const STOP_ORDER: CpuGroup[] = ['limit', 'api', 'worker', 'temporal', 'postgres'];

/** The processes that a run of the bench has started, each in the group that its processor time counts for. */
export function openMembers() {
  const running = new Map<RunningProcess, CpuGroup>();
  /** What ended without having been stopped. */
  const fallen: string[] = [];

  const stop = async (process: RunningProcess): Promise<void> => {
    running.delete(process);
    await process.stop();
  };
  const noteFall = async (process: RunningProcess) => {
    const reason = await process.exited;
    const group = running.get(process);
    if (group && running.delete(process)) fallen.push(`${group}, process ${process.pid}: ${reason}`);
  };

  return {
    fallen,
    keep<P extends RunningProcess>(group: CpuGroup, process: P): P {
      running.set(process, group);
      void noteFall(process);
      return process;
    },
    stop,
    pids: (...groups: CpuGroup[]): number[] =>
      [...running].filter(([, group]) => groups.includes(group)).map(([{ pid }]) => pid),
    cpu(): CpuSeconds | undefined {
      const pids: Partial<Record<CpuGroup, number[]>> = {};
      for (const [{ pid }, group] of running) (pids[group] ??= []).push(pid);
      return readCpuSeconds(pids);
    },
    async stopAll(): Promise<void> {
      for (const group of STOP_ORDER) {
        const members = [...running].filter(([, one]) => one === group);
        await Promise.all(members.map(([process]) => stop(process)));
      }
    },
  };
}
