/**
 * Keeps the page on the phone, so that it opens without a connection. It answers for the page's own files and
 * nothing else: what the API says is never kept here.
 */
declare const VERSION: string;
declare const FILES: string[];

const worker = self as unknown as ServiceWorkerGlobalScope;
const PREFIX = 'allotment-gate-';
const CACHE = PREFIX + VERSION;
const kept = new Set(FILES);

worker.addEventListener('install', (event) => {
  event.waitUntil(keepFiles().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(dropOlder().then(() => worker.clients.claim()));
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const path = request.mode === 'navigate' ? url.pathname.replace(/\/$/, '') : url.pathname;
  const isOurs = request.method === 'GET' && url.origin === worker.location.origin && kept.has(path);
  if (isOurs) event.respondWith(fromCache(path, request));
});

async function keepFiles(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((path) => new Request(path, { cache: 'reload' })));
}

async function dropOlder(): Promise<void> {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(older.map((name) => caches.delete(name)));
}

async function fromCache(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}
