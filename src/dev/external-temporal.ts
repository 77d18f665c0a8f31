import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { TemporalAccess } from './backing-services.ts';
import { searchAttributes } from './temporal-server.ts';
import type { Terminal } from './terminal.ts';

/** Temporal's numbers for the types of search attributes that are in use. */
const TYPE_NUMBERS: Record<string, number> = { Text: 1, Keyword: 2, Int: 3, Datetime: 6, KeywordList: 7 };
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

async function addSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributes()).filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return;
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, TYPE_NUMBERS[type] ?? 0])),
  });
}
