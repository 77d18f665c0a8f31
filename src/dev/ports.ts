import { createServer } from 'node:net';

/** The first free port among the preferred ones, or else any free port of 127.0.0.1. */
export async function freePort(preferred: (number | undefined)[] = []): Promise<number> {
  for (const port of preferred) {
    if (port !== undefined && (await portIsFree(port))) return port;
  }
  const port = await listenOnce(0, '127.0.0.1');
  if (port === undefined) throw new Error('No free port on 127.0.0.1.');
  return port;
}

/** Looks at every address, since whoever has `[::]:8080` answers for `localhost:8080` too. */
export async function portIsFree(port: number): Promise<boolean> {
  const taken = (await listenOnce(port)) === undefined || (await listenOnce(port, '127.0.0.1')) === undefined;
  return !taken;
}

/** Listens for a moment; undefined when somebody else has the port. */
function listenOnce(port: number, host?: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
