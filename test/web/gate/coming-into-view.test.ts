import { describe, expect, it } from '@jest/globals';
import { comingIntoView } from '../../../src/web/gate/coming-into-view.ts';

const watched = (isTaken: () => boolean = () => true) => {
  const told: string[] = [];
  let time = 0;
  const see = comingIntoView(
    (text) => {
      told.push(text);
      return isTaken();
    },
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

  it('tells once of each of two that are in view together', () => {
    const { told, look } = watched();
    for (let round = 0; round < 20; round += 1) look('A', 'B');
    expect(told).toEqual(['A', 'B']);
  });

  it('tells again and again of a code that is not taken, until it is', () => {
    let isBusy = true;
    const { told, look } = watched(() => !isBusy);
    look('A', 'A');
    isBusy = false;
    look('A', 'A', 'A');
    expect(told).toEqual(['A', 'A', 'A']);
  });

  it('tells of the next code at once', () => {
    const { told, look } = watched();
    look('A', 'B', 'B');
    expect(told).toEqual(['A', 'B']);
  });
});
