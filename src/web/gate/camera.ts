import { decodeQR } from 'qr/decode.js';
import { comingIntoView } from './coming-into-view.ts';

/** A frame is looked at so often; a phone stays cool, and nobody waits for a quarter of a second. */
const BETWEEN_LOOKS_MS = 120;
/** The middle of the picture is decoded at this size: a code that fills half of it has 6 pixels a module. */
const DECODED_SIDE = 640;

type Detector = { detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]> };
type DetectorClass = {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
};

/**
 * Shows the camera at the back in `video` and tells of each code that comes into view, until it is stopped, or
 * taken away: by a call, by another program, or by the phone while it sleeps.
 */
export async function openCamera(
  video: HTMLVideoElement,
  onCode: (text: string) => boolean,
  onTakenAway: () => void,
): Promise<{ stop: () => void }> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  const stopStream = (): void => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  let look: Awaited<ReturnType<typeof lookWith>>;
  try {
    video.srcObject = stream;
    await video.play();
    look = await lookWith(video);
  } catch (error) {
    stopStream();
    throw error;
  }
  for (const track of stream.getTracks()) track.addEventListener('ended', onTakenAway);
  const letSleep = keepAwake();
  const sieve = comingIntoView(onCode);
  let running = true;
  const loop = async (): Promise<void> => {
    if (!running) return;
    sieve(video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? await look() : undefined);
    setTimeout(() => void loop(), BETWEEN_LOOKS_MS);
  };
  void loop();
  return {
    stop: () => {
      running = false;
      stopStream();
      letSleep();
    },
  };
}

/** The phone's own detector where it has one, which is faster; else a decoder of our own. */
async function lookWith(video: HTMLVideoElement): Promise<() => Promise<string | undefined>> {
  const Detector = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  const formats = Detector ? await Detector.getSupportedFormats().catch(() => []) : [];
  if (Detector && formats.includes('qr_code')) {
    const detector = new Detector({ formats: ['qr_code'] });
    return async () => (await detector.detect(video).catch(() => []))[0]?.rawValue;
  }
  const canvas = new OffscreenCanvas(DECODED_SIDE, DECODED_SIDE);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('this browser draws no pictures');
  return () => Promise.resolve(decodeMiddle(video, context));
}

function decodeMiddle(
  video: HTMLVideoElement,
  context: OffscreenCanvasRenderingContext2D,
): string | undefined {
  const side = Math.min(video.videoWidth, video.videoHeight);
  const left = (video.videoWidth - side) / 2;
  const top = (video.videoHeight - side) / 2;
  context.drawImage(video, left, top, side, side, 0, 0, DECODED_SIDE, DECODED_SIDE);
  const { width, height, data } = context.getImageData(0, 0, DECODED_SIDE, DECODED_SIDE);
  try {
    return decodeQR({ width, height, data });
  } catch {
    // No code in this frame, which is the usual case.
    return undefined;
  }
}

/** A gate is looked at rather than touched: the screen is to stay on. A page that is left loses that, and asks anew. */
function keepAwake(): () => void {
  if (!('wakeLock' in navigator)) return () => undefined;
  let lock: WakeLockSentinel | undefined;
  let isWanted = true;
  const ask = async (): Promise<void> => {
    const isLost = lock?.released ?? true;
    if (document.visibilityState !== 'visible' || !isLost) return;
    lock = await navigator.wakeLock.request('screen').catch(() => undefined);
    if (!isWanted) void lock?.release();
  };
  const askAnew = (): void => void ask();
  document.addEventListener('visibilitychange', askAnew);
  askAnew();
  return () => {
    isWanted = false;
    document.removeEventListener('visibilitychange', askAnew);
    void lock?.release();
  };
}
