import { PNG } from 'pngjs';

/** The page's icon, said once: polygons on a field of 64 by 64, within the inner circle that masks leave. */
const SIDE = 64;
const FIELD = '#0b5d33';
const shapes: { colour: string; points: [number, number][] }[] = [
  // Two posts and the bar between them: a gate.
  {
    colour: '#ffffff',
    points: [
      [14, 14],
      [22, 14],
      [22, 50],
      [14, 50],
    ],
  },
  {
    colour: '#ffffff',
    points: [
      [42, 14],
      [50, 14],
      [50, 50],
      [42, 50],
    ],
  },
  {
    colour: '#ffffff',
    points: [
      [14, 14],
      [50, 14],
      [50, 20],
      [14, 20],
    ],
  },
  // The tick of a guest who is let in.
  {
    colour: '#8be3ae',
    points: [
      [23, 35],
      [27, 31],
      [31, 35],
      [38, 26],
      [42, 30],
      [31, 44],
    ],
  },
];

export function iconSvg(): string {
  const polygons = shapes.map(
    ({ colour, points }) => `<polygon fill="${colour}" points="${points.map((at) => at.join()).join(' ')}"/>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}">` +
    `<rect width="${SIDE}" height="${SIDE}" fill="${FIELD}"/>${polygons.join('')}</svg>\n`
  );
}

/** Each pixel is the mean of nine points in it. */
export function iconPng(side: number): Buffer {
  const samples = 3;
  const png = new PNG({ width: side, height: side, colorType: 2 });
  const field = rgbOf(FIELD);
  const painted = shapes.map(({ colour, points }) => ({ rgb: rgbOf(colour), points }));
  const colourAt = (x: number, y: number) =>
    painted.findLast(({ points }) => isInside(points, x, y))?.rgb ?? field;
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const sum = [0, 0, 0];
      for (let sample = 0; sample < samples ** 2; sample += 1) {
        const across = ((x + (Math.floor(sample / samples) + 0.5) / samples) * SIDE) / side;
        const down = ((y + ((sample % samples) + 0.5) / samples) * SIDE) / side;
        const rgb = colourAt(across, down);
        for (let part = 0; part < 3; part += 1) sum[part] = (sum[part] ?? 0) + (rgb[part] ?? 0);
      }
      png.data.set([...sum.map((part) => Math.round(part / samples ** 2)), 255], (y * side + x) * 4);
    }
  }
  return PNG.sync.write(png, { colorType: 2 });
}

/** A point is inside where a ray from it crosses the outline an odd number of times. */
function isInside(points: [number, number][], x: number, y: number): boolean {
  let inside = false;
  let [startX, startY] = points.at(-1) ?? [0, 0];
  for (const [endX, endY] of points) {
    const isCrossed = endY > y !== startY > y && x < ((startX - endX) * (y - endY)) / (startY - endY) + endX;
    if (isCrossed) inside = !inside;
    [startX, startY] = [endX, endY];
  }
  return inside;
}

const rgbOf = (colour: string): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
