import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { TemporalAccess } from './backing-services.ts';
import { addSearchAttributes } from './temporal-config.ts';
import type { Terminal } from './terminal.ts';

const CALL_LIMIT_MS = 10_000;

/** A configuration file in the home folder alone does not count: nobody asked for it here. */
export function namesExternalTemporal(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.TEMPORAL_ADDRESS || env.TEMPORAL_PROFILE || env.TEMPORAL_CONFIG_FILE);
}

/** Checks that the Temporal named by the environment answers, and adds the search attributes it lacks. */
export async function connectExternalTemporal(
  env: NodeJS.ProcessEnv,
  terminal: Terminal,
): Promise<TemporalAccess> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({
    overrideEnvVars: env as Record<string, string>,
  });
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  await terminal.step('Temporal', async () => {
    const connection = await Connection.connect({ ...connectionOptions, address }).catch((error: Error) => {
      throw new Error(`Temporal does not answer at ${address}: ${error.message}`, { cause: error });
    });
    try {
      await connection.withDeadline(Date.now() + CALL_LIMIT_MS, () =>
        addSearchAttributes(connection, namespace),
      );
    } catch (error) {
      // Temporal Cloud manages them elsewhere; without them, starting a run fails and says so.
      terminal.warn(`The search attributes could not be checked: ${(error as Error).message}`);
    } finally {
      await connection.close();
    }
    return `at ${address}, namespace ${namespace}`;
  });
  return { address, uiUrl: env.TEMPORAL_UI_URL || null, env: {} };
}
