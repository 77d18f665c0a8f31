import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { openCamera } from './camera.ts';
import { unlockSound } from './feedback.ts';

/** The camera's picture. It starts by itself where it was allowed before, and else at a tap. */
export function CameraView({ onCode }: { onCode: (text: string) => boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  const stop = useRef<(() => void) | undefined>(undefined);
  const state = useSignal<'off' | 'starting' | 'on'>('off');
  const problem = useSignal('');
  // The camera outlives a render: it always tells the newest listener.
  const listener = useRef(onCode);
  listener.current = onCode;

  const takenAway = (): void => {
    stop.current?.();
    stop.current = undefined;
    state.value = 'off';
    problem.value = 'The camera was taken away by the phone or another program. Start it again.';
  };
  const start = async (): Promise<void> => {
    if (!video.current || state.value !== 'off') return;
    state.value = 'starting';
    problem.value = '';
    try {
      const opened = await openCamera(video.current, (text) => listener.current(text), takenAway);
      // Another screen may have been chosen meanwhile.
      if (video.current === null) return opened.stop();
      stop.current = opened.stop;
      state.value = 'on';
    } catch (error) {
      state.value = 'off';
      problem.value = reasonOf(error);
    }
  };

  useEffect(() => {
    void isAllowed().then((allowed) => (allowed ? start() : undefined));
    return () => stop.current?.();
  }, []);

  return (
    <section class={`camera ${state.value}`} aria-label="Camera">
      <video ref={video} muted playsInline aria-hidden="true" />
      {state.value !== 'on' && (
        <div class="camera-off">
          <p role="alert" class="problem">
            {problem.value}
          </p>
          <button
            type="button"
            class="primary"
            disabled={state.value === 'starting'}
            onClick={() => {
              unlockSound();
              void start();
            }}
          >
            Start the camera
          </button>
        </div>
      )}
    </section>
  );
}

async function isAllowed(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: 'camera' })).state === 'granted';
  } catch {
    // Some browsers do not say; they ask at the tap.
    return false;
  }
}

function reasonOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError')
    return 'The camera is not allowed. Allow it in the settings of the browser.';
  if (name === 'NotFoundError') return 'There is no camera. Type the code.';
  return 'The camera does not start. Close other programs that use it, or type the code.';
}
