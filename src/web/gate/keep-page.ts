const LOOK_FOR_RELEASE_MS = 3_600_000;

/**
 * Has the worker keep the page on the phone, and the page follow a new release: at once while nobody has
 * touched it, since it has no sound yet that it could lose, else when nobody looks.
 */
export async function keepPage(isBusy: () => boolean): Promise<void> {
  // Some browsers have none in a private window.
  if (!('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  const isFirst = serviceWorker.controller === null;
  let isOlder = false;
  const follow = (): void => {
    const isUnseen = !navigator.userActivation?.hasBeenActive || document.visibilityState === 'hidden';
    if (isOlder && isUnseen && !isBusy()) location.reload();
  };
  let changes = 0;
  serviceWorker.addEventListener('controllerchange', () => {
    changes += 1;
    // The first worker of a page has the page's own release.
    isOlder = !isFirst || changes > 1;
    follow();
  });
  document.addEventListener('visibilitychange', follow);
  const registration = await serviceWorker.register('/gate/service-worker.js', {
    scope: '/gate',
    updateViaCache: 'none',
  });
  // A page that stays open is never loaded, which is when a browser would look.
  setInterval(() => void registration.update().catch(() => undefined), LOOK_FOR_RELEASE_MS);
}
