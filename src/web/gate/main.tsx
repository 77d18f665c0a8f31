import { render } from 'preact';
import { App } from './app.tsx';
import { CannotRun } from './cannot-run.tsx';
import { unlockSound } from './feedback.ts';
import { keepPage } from './keep-page.ts';
import { openPhone } from './phone.ts';
import { isChecking } from './state.ts';

/** Opens the page: the worker that keeps the page itself, what the phone has kept, then the server. */
const root = document.getElementById('app') as HTMLElement;
if (!isSecureContext) {
  render(<CannotRun reason="It has to be opened by an address that begins with https." />, root);
} else {
  const keeping = keepPage(() => isChecking.value);
  try {
    render(<App phone={await openPhone()} />, root);
  } catch (error) {
    console.error(error);
    render(
      <CannotRun reason="The browser lets it keep nothing. Open it in a window that is not private, on a phone with room left." />,
      root,
    );
  }
  document.addEventListener('pointerdown', unlockSound);
  document.addEventListener('keydown', unlockSound);
  await keeping;
}
