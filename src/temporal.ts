import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { temporalSettings } from './temporal-settings.ts';

const settings = () => temporalSettings(process.env);

/**
 * A client whose connection opens at the first call: sales go on while Temporal is away. An address that is
 * given goes before that of the environment.
 */
export function lazyTemporalClient(address?: string, workflow: WorkflowClientInterceptor[] = []): Client {
  const { connectionOptions, namespace } = settings();
  return new Client({
    interceptors: { workflow },
    connection: Connection.lazy({ ...connectionOptions, ...(address !== undefined && { address }) }),
    ...(namespace !== undefined && { namespace }),
  });
}

/** The worker's connection. Fails when Temporal does not answer: its supervisor tries again. */
export async function connectWorker(): Promise<{ connection: NativeConnection; namespace: string }> {
  const { connectionOptions, namespace } = settings();
  const connection = await NativeConnection.connect({
    ...connectionOptions,
    // Compression costs more than it saves on a network of one's own.
    grpcCompression: { codec: 'none' },
  }).catch((error: Error) => {
    const { address = 'localhost:7233', tls, apiKey } = connectionOptions;
    const how = `${tls ? 'with' : 'without'} TLS${apiKey === undefined ? '' : ', with an API key'}`;
    throw new Error(`No connection to Temporal at ${address}, ${how}: ${error.message}`, { cause: error });
  });
  return { connection, namespace: namespace ?? 'default' };
}
