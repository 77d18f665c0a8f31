import { render } from 'preact';
import { App } from './app.tsx';
import { unlockSound } from './feedback.ts';
import { openPhone } from './phone.ts';

/** Opens the page: what the phone has kept, then the server, then the worker that keeps the page itself. */
const phone = await openPhone();
const root = document.getElementById('app');
if (root) render(<App phone={phone} />, root);

document.addEventListener('pointerdown', unlockSound);
document.addEventListener('keydown', unlockSound);
await navigator.serviceWorker?.register('/gate/service-worker.js', {
  scope: '/gate',
  updateViaCache: 'none',
});
