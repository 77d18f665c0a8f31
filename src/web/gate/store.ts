import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { GateFacts, LastRedemption } from './api.ts';
import type { TicketMemory } from './decide-offline.ts';
import type { PublicKey } from './read-token.ts';

/** A scan that was admitted here and is yet to be told to the server. */
export type UnsentScan = {
  scanId: string;
  qr: string;
  functionCode: string;
  venueCode: string | null;
  quantity: number;
  ticketCode: string;
  /** When the guest was let in; milliseconds since 1970, by the server's clock as far as it is known. */
  scannedAt: number;
};

/** A scan that was admitted here, and that the server refused when it was told. */
export type Conflict = {
  scanId: string;
  ticketCode: string;
  functionCode: string;
  venueCode: string | null;
  scannedAt: number;
  code: string;
  detail: string;
  lastRedemption: LastRedemption | null;
};

export type Choice = { functionCode: string | null; venueCode: string | null };

/** Single values that outlive the page. The gate's key is not among them: its session is in a cookie. */
type Kept = {
  gate: GateFacts;
  keys: PublicKey[];
  revocationsAsOf: string;
  clockAheadMs: number;
  choice: Choice;
};

interface GateSchema extends DBSchema {
  kept: { key: string; value: Kept[keyof Kept] };
  revoked: { key: string; value: string };
  memories: { key: string; value: TicketMemory & { touchedAt: number }; indexes: { touchedAt: number } };
  usedCodes: { key: string; value: { jti: string; at: number } };
  unsent: { key: string; value: UnsentScan; indexes: { ticketCode: string } };
  conflicts: { key: string; value: Conflict };
}
export type Store = IDBPDatabase<GateSchema>;

/** Opens it; `onLost` is called when the browser takes it away while the page is open. */
export const openStore = (onLost: () => void): Promise<Store> =>
  openDB<GateSchema>('allotment-gate', 1, {
    terminated: onLost,
    upgrade(db) {
      db.createObjectStore('kept');
      db.createObjectStore('revoked');
      db.createObjectStore('memories', { keyPath: 'ticketCode' }).createIndex('touchedAt', 'touchedAt');
      db.createObjectStore('usedCodes', { keyPath: 'jti' });
      db.createObjectStore('unsent', { keyPath: 'scanId' }).createIndex('ticketCode', 'ticketCode');
      db.createObjectStore('conflicts', { keyPath: 'scanId' });
    },
  });

export async function readKept<K extends keyof Kept>(store: Store, name: K): Promise<Kept[K] | undefined> {
  return (await store.get('kept', name)) as Kept[K] | undefined;
}

export async function keep<K extends keyof Kept>(store: Store, name: K, value: Kept[K]): Promise<void> {
  await store.put('kept', value, name);
}

/** What was learnt with a session goes with it; what is still to be sent, and conflicts, stay. */
export async function forgetGate(store: Store): Promise<void> {
  const names = ['kept', 'revoked', 'memories', 'usedCodes'] as const;
  const tx = store.transaction(names, 'readwrite');
  await Promise.all([...names.map((name) => tx.objectStore(name).clear()), tx.done]);
}

/** Longer than any guest stays; what is older than this, only the server remembers. */
const MEMORY_DAYS = 14;

export async function forgetOldTickets(store: Store, now: number): Promise<void> {
  const before = now - MEMORY_DAYS * 86_400_000;
  const tx = store.transaction(['memories', 'usedCodes'], 'readwrite');
  for await (const cursor of tx
    .objectStore('memories')
    .index('touchedAt')
    .iterate(IDBKeyRange.upperBound(before))) {
    await cursor.delete();
  }
  for await (const cursor of tx.objectStore('usedCodes').iterate()) {
    if (cursor.value.at < before) await cursor.delete();
  }
  await tx.done;
}
