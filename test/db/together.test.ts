import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import { Together, TogetherByGroup } from '../../src/db/together.ts';
import { eventually } from '../support/eventually.ts';

/** Questions that are answered when the test says so. */
function slowly() {
  const asked: { questions: number[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const together = new Together<number, string>(
    (questions) =>
      new Promise((resolve, reject) => {
        const answer = () => resolve(questions.map((question) => `answer ${question}`));
        asked.push({ questions, answer, fail: reject });
      }),
  );
  return { together, asked };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('Together', () => {
  it('asks for all who come in one turn, and then for all who came meanwhile', async () => {
    const { together, asked } = slowly();
    const answers = [1, 2].map((question) => together.ask(question));
    expect(asked).toEqual([]);
    await turn();
    expect(asked.map(({ questions }) => questions)).toEqual([[1, 2]]);
    answers.push(...[3, 4, 5].map((question) => together.ask(question)));
    await turn();
    expect(asked).toHaveLength(1);
    asked[0]?.answer();
    expect(await answers[0]).toBe('answer 1');
    await turn();
    expect(asked.map(({ questions }) => questions)).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
    asked[1]?.answer();
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4, 5].map((question) => `answer ${question}`));
  });

  it('asks again in the next turn after all are answered', async () => {
    const { together, asked } = slowly();
    const first = together.ask(1);
    await turn();
    asked[0]?.answer();
    await first;
    await turn();
    const second = together.ask(2);
    await turn();
    expect(asked[1]?.questions).toEqual([2]);
    asked[1]?.answer();
    expect(await second).toBe('answer 2');
  });

  it('fails those who wait with those who asked, and asks again for whoever comes then', async () => {
    const { together, asked } = slowly();
    const answers = [together.ask(1)];
    await turn();
    answers.push(together.ask(2));
    asked[0]?.fail(new Error('away'));
    const outcomes = await Promise.allSettled(answers);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = together.ask(3);
    await turn();
    asked.at(-1)?.answer();
    expect(await next).toBe('answer 3');
  });

  it('asks in the context of the first who waits, of each round trip anew', async () => {
    const caller = new AsyncLocalStorage<string>();
    const asked: [string | undefined, string[]][] = [];
    const together = new Together<string, string>(async (questions) => {
      asked.push([caller.getStore(), questions]);
      await turn();
      return questions;
    });
    const ask = (question: string) => caller.run(`caller of ${question}`, () => together.ask(question));
    const first = ask('a');
    await turn();
    await Promise.all([first, ask('b'), ask('c')]);
    await ask('d');
    expect(asked).toEqual([
      ['caller of a', ['a']],
      ['caller of b', ['b', 'c']],
      ['caller of d', ['d']],
    ]);
  });

  it('asks for no more at once than it is told to, in the context of the first of each round trip', async () => {
    const caller = new AsyncLocalStorage<number>();
    const asked: [number | undefined, number[]][] = [];
    const together = new Together<number, number>(
      async (questions) => {
        asked.push([caller.getStore(), questions]);
        await turn();
        return questions;
      },
      { most: 2 },
    );
    const questions = [1, 2, 3, 4, 5];
    const answers = await Promise.all(
      questions.map((question) => caller.run(question, () => together.ask(question))),
    );
    expect(answers).toEqual(questions);
    expect(asked).toEqual([
      [1, [1, 2]],
      [3, [3, 4]],
      [5, [5]],
    ]);
  });
});

describe('Together, where the next round trip may begin beside', () => {
  it('begins it once the first is late, fails each alone, and has four under way at most', async () => {
    const asked: { questions: number[]; answer: () => void; fail: (error: Error) => void }[] = [];
    const together = new Together<number, number>(
      (questions) =>
        new Promise((resolve, reject) => {
          asked.push({ questions, answer: () => resolve(questions), fail: reject });
        }),
      { besideAfterMs: 20 },
    );
    const underWay = (count: number) =>
      eventually(`${count} round trips`, () => Promise.resolve(asked.length === count));
    const answers = [together.ask(1)];
    await turn();
    answers.push(together.ask(2), together.ask(3));
    await turn();
    expect(asked).toHaveLength(1);
    await underWay(2);
    for (const question of [4, 5, 6]) {
      answers.push(together.ask(question));
      if (question < 6) await underWay(question - 1);
    }
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(asked.map(({ questions }) => questions)).toEqual([[1], [2, 3], [4], [5]]);
    const settled = Promise.allSettled(answers);
    asked[1]?.fail(new Error('late'));
    await underWay(5);
    for (const { answer } of asked) answer();
    const outcomes = await settled;
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      false,
      false,
      true,
      true,
      true,
    ]);
    expect(together.isIdle).toBe(true);
  });
});

describe('Together, where nobody waits for long', () => {
  it('rejects who has waited too long, and asks for the others', async () => {
    const asked: { questions: number[]; answer: () => void }[] = [];
    const together = new Together<number, number>(
      (questions) =>
        new Promise((resolve) => {
          asked.push({ questions, answer: () => resolve(questions) });
        }),
      { waitAtMostMs: 50 },
    );
    const first = together.ask(1);
    await turn();
    const tooLong = together.ask(2);
    tooLong.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 80));
    const inTime = together.ask(3);
    asked[0]?.answer();
    expect(await first).toBe(1);
    await expect(tooLong).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    asked[1]?.answer();
    expect(await inTime).toBe(3);
    expect(asked.map(({ questions }) => questions)).toEqual([[1], [3]]);
  });
});

describe('TogetherByGroup', () => {
  it('has a round trip for each group, which waits for no other, and fails alone', async () => {
    const asked: { questions: string[]; answer: () => void; fail: (error: Error) => void }[] = [];
    const together = new TogetherByGroup<string, string>(
      (question) => question.charAt(0),
      (questions) =>
        new Promise((resolve, reject) => {
          asked.push({ questions, answer: () => resolve(questions), fail: reject });
        }),
      {},
    );
    const answers = ['a1', 'b1', 'a2'].map((question) => together.ask(question));
    await turn();
    expect(asked.map(({ questions }) => questions)).toEqual([['a1', 'a2'], ['b1']]);
    answers.push(together.ask('a3'));
    asked[1]?.answer();
    expect(await answers[1]).toBe('b1');
    asked[0]?.fail(new Error('away'));
    const outcomes = await Promise.allSettled(answers);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'rejected']);
    const next = [together.ask('a4'), together.ask('b2')];
    await turn();
    for (const { answer } of asked.slice(2)) answer();
    expect(await Promise.all(next)).toEqual(['a4', 'b2']);
  });
});
