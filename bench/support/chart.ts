import { type MeasuredRow, number } from './table.ts';

const WIDTH = 900;
const ROW_HEIGHT = 30;
const TOP = 44;
const LABEL_WIDTH = 300;
const VALUE_WIDTH = 70;
const TARGET_WIDTH = 180;
const BAR_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH - TARGET_WIDTH;
const BAR_HEIGHT = 14;
/** What a bar can show, as a multiple of its target: beyond it the bar is cut, and its figure tells. */
const MOST = 2;

/**
 * The ratios as horizontal bars, each on a scale of its own that has the target in the middle. Colours follow
 * the reader's light or dark; a figure and its target stand beside each bar in words.
 */
export function chartOf(rows: MeasuredRow[]): string {
  const bars = rows.flatMap(barOf);
  const height = TOP + bars.length * ROW_HEIGHT + 16;
  const middle = LABEL_WIDTH + BAR_WIDTH / MOST;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Ratios to the limits, and targets">
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .quiet { fill: #6e7781 }
  .met { fill: #2da44e } .missed { fill: #cf5b2e } .target { stroke: #24292f; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 } .target { stroke: #e6edf3 }
    .met { fill: #3fb950 } .missed { fill: #f0883e }
  }
</style>
<text x="12" y="24">Ratio to the limit <tspan class="quiet">(≥: longer is better, ≤: shorter)</tspan></text>
<text x="${middle}" y="24" text-anchor="middle" class="quiet">target</text>
${bars.map((bar, index) => drawBar(bar, TOP + index * ROW_HEIGHT, middle)).join('\n')}
</svg>
`;
}

type Bar = { what: string; ratio: number; aim: number; isMet: boolean; target: string };

/** Only what has a ratio and a target that it can be set against. */
function barOf({ what, comparison, target }: MeasuredRow): Bar[] {
  const aim = Number(/([\d.]+) ×/.exec(target?.text ?? '')?.[1]);
  const isDrawable = comparison !== null && target !== null && Number.isFinite(comparison.ratio) && aim > 0;
  if (!isDrawable) return [];
  return [{ what, ratio: comparison.ratio, aim, isMet: target.met, target: target.text }];
}

function drawBar({ what, ratio, aim, isMet, target }: Bar, y: number, middle: number): string {
  const width = (BAR_WIDTH / MOST) * Math.min(ratio / aim, MOST);
  const line = y + BAR_HEIGHT - 2;
  return [
    `<text x="12" y="${line}">${escapeText(what)}</text>`,
    `<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="2" class="${isMet ? 'met' : 'missed'}"/>`,
    `<line x1="${middle}" y1="${y - 4}" x2="${middle}" y2="${y + BAR_HEIGHT + 4}" class="target"/>`,
    `<text x="${LABEL_WIDTH + BAR_WIDTH + 12}" y="${line}">${number(ratio)} ×</text>`,
    `<text x="${LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH + 12}" y="${line}" class="quiet">${escapeText(target)}, ${isMet ? 'met' : 'missed'}</text>`,
  ].join('\n');
}

/** Text that may stand in an SVG document, whatever it says. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
