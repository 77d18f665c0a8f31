import type { Answer } from './state.ts';

/** Told apart without looking: two rising tones and one buzz, or one low tone and three buzzes. */
const signals = {
  admitted: { tones: [880, 1320], seconds: 0.12, type: 'sine', buzz: [80] },
  refused: { tones: [160, 130], seconds: 0.3, type: 'sawtooth', buzz: [200, 80, 200, 80, 200] },
} as const;

let audio: AudioContext | undefined;

/** Browsers give sound only to a page that was touched. */
export function unlockSound(): void {
  audio ??= new AudioContext();
  // It may be suspended, or interrupted by a call.
  if (audio.state !== 'running') void audio.resume();
}

export function signalAnswer({ verdict }: Answer): void {
  const { tones, seconds, type, buzz } = signals[verdict];
  if ('vibrate' in navigator) navigator.vibrate([...buzz]);
  if (audio?.state !== 'running') return;
  for (const [place, frequency] of tones.entries()) {
    const from = audio.currentTime + place * seconds;
    const tone = new OscillatorNode(audio, { type, frequency });
    const volume = new GainNode(audio, { gain: 0.4 });
    volume.gain.setTargetAtTime(0, from + seconds * 0.7, 0.02);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + seconds);
  }
}
