import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { refusalCodes } from '../../src/domain/errors.ts';
import { answers } from '../../src/http/problem.ts';

const document = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
/** Each code has a heading of its own; what stands under it says what to do. */
const sections = document
  .split(/^## /m)
  .slice(1)
  .map((section) => ({ code: section.split('\n')[0]?.trim() ?? '', text: section }));

describe('docs/errors.md', () => {
  it('explains every code that a call can be refused with, each once, and no other', () => {
    const codes = sections.map(({ code }) => code).filter((code) => /^[A-Z_]+$/.test(code));
    expect(codes.toSorted()).toEqual(refusalCodes.toSorted());
  });

  it.each(refusalCodes.map((code) => [code, answers[code].status]))(
    'says that %s has status %i',
    (code, status) => {
      const section = sections.find((one) => one.code === code);
      expect(section?.text).toMatch(new RegExp(`\\b${status}\\b`));
    },
  );

  it('names no code that does not exist', () => {
    const named = [...document.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map((match) => match[1] ?? '');
    const unknown = named.filter((code) => !refusalCodes.some((known) => known === code));
    expect(
      unknown.filter((name) => !name.startsWith('ALLOTMENT_') || name === 'ALLOTMENT_EXHAUSTED'),
    ).toEqual([]);
  });
});
