import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeQR } from 'qr';

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES_A_SECOND = 10;
/** In Y4M a pixel's light; the colours of a grey picture are all 128. */
const LIGHT = 235;
const DARK = 16;

/**
 * A film for a camera that Chromium plays in a loop: for a while an empty wall, then a guest who holds up the
 * code, then the wall again.
 */
export function filmOf(text: string): { path: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'allotment-film-'));
  const path = join(folder, 'camera.y4m');
  const wall = frame(() => false);
  const code = frame(codeAt(text));
  const scenes = [
    ...Array<Buffer>(5).fill(wall),
    ...Array<Buffer>(15).fill(code),
    ...Array<Buffer>(5).fill(wall),
  ];
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_A_SECOND}:1 Ip A1:1 C420jpeg\n`),
      ...scenes,
    ]),
  );
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The code in the middle, as the tickets' pictures draw it. */
function codeAt(text: string): (x: number, y: number) => boolean {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', encoding: 'alphanumeric', border: 4 });
  const pixels = Math.floor((HEIGHT * 0.9) / rows.length);
  const left = Math.floor((WIDTH - rows.length * pixels) / 2);
  const top = Math.floor((HEIGHT - rows.length * pixels) / 2);
  return (x, y) => rows[Math.floor((y - top) / pixels)]?.[Math.floor((x - left) / pixels)] ?? false;
}

function frame(isDark: (x: number, y: number) => boolean): Buffer {
  const light = Buffer.alloc(WIDTH * HEIGHT, LIGHT);
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) if (isDark(x, y)) light[y * WIDTH + x] = DARK;
  }
  return Buffer.concat([Buffer.from('FRAME\n'), light, Buffer.alloc((WIDTH * HEIGHT) / 2, 128)]);
}
