import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type Cable = { url: string; pull(): void; plug(): void; close(): Promise<void> };

/**
 * A connection to a server that can be pulled out. What a browser calls offline keeps streams that are open;
 * this breaks them, as a lost network does.
 */
export async function layCable(serverUrl: string): Promise<Cable> {
  const { hostname, port } = new URL(serverUrl);
  const open = new Set<Socket>();
  let isIn = true;
  const cable = createServer((near) => {
    if (!isIn) return near.resetAndDestroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => cable.listen(0, '127.0.0.1', resolve));
  const pull = () => {
    isIn = false;
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(cable.address() as AddressInfo).port}`,
    pull,
    plug: () => {
      isIn = true;
    },
    close: () => {
      pull();
      return new Promise((resolve) => cable.close(() => resolve()));
    },
  };
}
