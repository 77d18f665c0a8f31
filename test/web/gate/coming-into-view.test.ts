import { describe, expect, it } from '@jest/globals';
import { comingIntoView } from '../../../src/web/gate/coming-into-view.ts';

const watched = () => {
  const told: string[] = [];
  let time = 0;
  const see = comingIntoView(
    (text) => told.push(text),
    () => time,
  );
  return {
    told,
    /** What each look has seen, 100 ms apart. */
    look: (...seen: (string | undefined)[]) => {
      for (const text of seen) {
        see(text);
        time += 100;
      }
    },
    pass: (milliseconds: number) => (time += milliseconds),
  };
};

describe('comingIntoView', () => {
  it('tells once of a code that stays in view', () => {
    const { told, look } = watched();
    look(...Array<string>(50).fill('A'));
    expect(told).toEqual(['A']);
  });

  it('tells once although some frames cannot be read', () => {
    const { told, look } = watched();
    look('A', undefined, undefined, 'A', undefined, 'A');
    expect(told).toEqual(['A']);
  });

  it('tells again when the code was gone for a while', () => {
    const { told, look, pass } = watched();
    look('A');
    pass(3_000);
    look('A');
    expect(told).toEqual(['A', 'A']);
  });

  it('tells of the next code at once', () => {
    const { told, look } = watched();
    look('A', 'B', 'B');
    expect(told).toEqual(['A', 'B']);
  });
});
