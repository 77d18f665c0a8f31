import { stopServers } from './global-setup.ts';

/** Runs in the process of the set-up, so it finds the servers that were started there. */
export default async function globalTeardown(): Promise<void> {
  await stopServers();
}
