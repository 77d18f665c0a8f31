import { describe, expect, it } from '@jest/globals';
import { chartOf, escapeText } from '../../bench/support/chart.ts';
import type { Figures } from '../../bench/support/figures.ts';
import { type MeasuredRow, number, tableOf } from '../../bench/support/table.ts';

const figures: Figures = {
  operations: 100,
  seconds: 2,
  perSecond: 50,
  p50Ms: 12.345,
  p95Ms: 20,
  p99Ms: 30,
  maxMs: 123.4,
  cpuSecondsEach: { api: 0.001, worker: 0.002, postgres: 0.003, temporal: 0.004, limit: 0, generator: 1 },
};
const compared: MeasuredRow = {
  case: 'one',
  what: 'holds & <orders>',
  figures,
  limit: { ...figures, perSecond: 100 },
  comparison: { ratio: 0.5, spread: [0.4, 0.6] },
  target: { text: '≥ 0.4 ×', met: true },
};
const alone: MeasuredRow = { ...compared, what: 'alone', limit: null, comparison: null, target: null };

describe('tableOf', () => {
  it('shows the processor time of all but the generator, in milliseconds', () => {
    const cells = tableOf([compared]).split('\n')[2]?.split(/ {2,}/);
    expect(cells).toEqual(expect.arrayContaining(['10.00', '1.00', '2.00', '3.00', '4.00', '0.50', 'yes']));
  });

  it('says so where a target is missed', () => {
    const missed = { ...compared, target: { text: '≥ 0.8 ×', met: false } };
    expect(tableOf([missed]).split('\n')[2]).toMatch(/≥ 0\.8 × +NO$/);
  });

  it('shows a dash where no processor time is known', () => {
    const unknown = { ...alone, figures: { ...figures, cpuSecondsEach: null } };
    expect(tableOf([unknown]).split('\n')[2]).toMatch(/123( +–){5}$/);
  });

  it('keeps its columns under each other', () => {
    const [head, , ...rows] = tableOf([compared, alone]).split('\n');
    const end = (head?.indexOf('rate/s') ?? 0) + 'rate/s'.length;
    for (const row of rows) expect(row.slice(0, end)).toMatch(/50\.0$/);
  });
});

describe('number', () => {
  it('has three digits that count', () => {
    expect([1.234, 12.34, 123.4, 1234.5].map(number)).toEqual(['1.23', '12.3', '123', '1235']);
    expect(number(NaN)).toBe('–');
  });
});

describe('chartOf', () => {
  const widthOf = (chart: string) => Number(/<rect [^>]*width="([\d.]+)"/.exec(chart)?.[1]);
  const at = (ratio: number) => chartOf([{ ...compared, comparison: { ratio, spread: [ratio, ratio] } }]);

  it('escapes what stands in it', () => {
    const chart = chartOf([compared]);
    expect(chart).toContain('holds &#38; &#60;orders&#62;');
    expect(chart).not.toContain('<orders>');
  });

  it('draws a bar in proportion to its target, and cuts it at twice that', () => {
    expect(widthOf(at(0.2)) * 2).toBeCloseTo(widthOf(at(0.4)));
    expect(widthOf(at(40))).toBeCloseTo(widthOf(at(0.8)));
  });

  it('leaves out what has no ratio or no target', () => {
    expect(chartOf([alone])).not.toContain('<rect');
  });
});

describe('escapeText', () => {
  it('leaves nothing that means something in XML', () => {
    expect(escapeText(`a<b>&"c"'d'`)).toBe('a&#60;b&#62;&#38;&#34;c&#34;&#39;d&#39;');
  });
});
