import { describe, expect, it } from '@jest/globals';
import { Together } from '../../src/db/together.ts';

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
  it('asks at once while two questions are under way at most, and then for all who wait', async () => {
    const { together, asked } = slowly();
    const answers = [1, 2, 3, 4, 5].map((question) => together.ask(question));
    expect(asked.map(({ questions }) => questions)).toEqual([[1], [2]]);
    asked[0]?.answer();
    expect(await answers[0]).toBe('answer 1');
    await turn();
    expect(asked[2]?.questions).toEqual([3, 4, 5]);
    asked[1]?.answer();
    asked[2]?.answer();
    expect(await Promise.all(answers)).toEqual([1, 2, 3, 4, 5].map((question) => `answer ${question}`));
  });

  it('answers no question with what was asked before it', async () => {
    const { together, asked } = slowly();
    void together.ask(1);
    void together.ask(2);
    const later = together.ask(3);
    asked[0]?.answer();
    await turn();
    expect(asked).toHaveLength(3);
    asked[2]?.answer();
    expect(await later).toBe('answer 3');
  });

  it('fails those who wait with those who asked, and asks again for whoever comes then', async () => {
    const { together, asked } = slowly();
    const answers = [1, 2, 3].map((question) => together.ask(question));
    asked[0]?.fail(new Error('away'));
    const outcomes = await Promise.allSettled([answers[0], answers[2]]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = together.ask(4);
    await turn();
    asked.at(-1)?.answer();
    expect(await next).toBe('answer 4');
  });
});
