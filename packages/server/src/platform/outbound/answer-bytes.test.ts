import { describe, expect, it } from 'vitest';
import { createAnswerBytes } from './answer-bytes.ts';
import { loopTurns } from './outbound.testing.ts';

const patient = (): AbortSignal => new AbortController().signal;

describe('the bytes of answers', () => {
  it('are held up to a bound; one answer goes over it, the others wait in their order', async () => {
    const bytes = createAnswerBytes({ most: 100, small: 0 });
    const [one, two, three] = [bytes.hold(), bytes.hold(), bytes.hold()];
    const grown: string[] = [];
    const grow = (name: string, answer: typeof one, size: number) =>
      answer.grow(size, patient()).then(() => grown.push(name));
    await grow('one', one, 60);
    await grow('two', two, 60);
    await grow('two', two, 60);
    const waiting = [grow('three', three, 30), grow('one', one, 10)];
    await loopTurns();
    expect([grown, bytes.held()]).toEqual([['one', 'two', 'two'], 180]);
    two.release();
    await Promise.all(waiting);
    expect([grown, bytes.held()]).toEqual([['one', 'two', 'two', 'three', 'one'], 100]);
    one.release();
    three.release();
    expect(bytes.held()).toBe(0);
  });

  it('do not stand still when everybody waits', async () => {
    const bytes = createAnswerBytes({ most: 100, small: 0 });
    const answers = Array.from({ length: 5 }, () => bytes.hold());
    await Promise.all(
      answers.map(async (answer) => {
        for (let n = 0; n < 5; n += 1) await answer.grow(20, patient());
        answer.release();
      }),
    );
    expect(bytes.held()).toBe(0);
  });

  it('are not waited for longer than the signal allows', async () => {
    const bytes = createAnswerBytes({ most: 100, small: 0 });
    const [one, two, three] = [bytes.hold(), bytes.hold(), bytes.hold()];
    await one.grow(100, patient());
    await two.grow(10, patient());
    const controller = new AbortController();
    const work = three.grow(10, controller.signal);
    controller.abort(new Error('over'));
    await expect(work).rejects.toThrow('over');
    await expect(three.grow(10, controller.signal)).rejects.toThrow('over');
    two.release();
    one.release();
    three.release();
    expect(bytes.held()).toBe(0);
  });

  it('of a small answer are never waited for', async () => {
    const bytes = createAnswerBytes({ most: 100, small: 10 });
    const [large, larger, little] = [bytes.hold(), bytes.hold(), bytes.hold()];
    await large.grow(100, patient());
    await larger.grow(100, patient());
    await little.grow(5, patient());
    await little.grow(5, patient());
    expect(bytes.held()).toBe(210);
    await expect(little.grow(1, AbortSignal.timeout(20))).rejects.toThrow('timeout');
  });
});
