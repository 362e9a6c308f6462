import { expect, test } from 'vitest';
import { clientError } from './errors.ts';
import { SayQueue } from './say-queue.ts';

/** Sends that are answered by hand, and the order in which they were sent. */
function bench() {
  const queue = new SayQueue();
  const sent: string[] = [];
  const answers = new Map<string, { resolve: (text: string) => void; reject: (error: unknown) => void }>();
  const say = (text: string, signal?: AbortSignal): Promise<string> => {
    const send = (): Promise<string> => {
      sent.push(text);
      return new Promise((resolve, reject) => answers.set(text, { resolve, reject }));
    };
    return queue.add(send, signal);
  };
  const answer = async (text: string, error?: unknown): Promise<void> => {
    await expect.poll(() => answers.has(text)).toBe(true);
    if (error === undefined) answers.get(text)?.resolve(`${text}!`);
    else answers.get(text)?.reject(error);
  };
  return { say, sent, answer };
}

const refused = clientError('not-json', 'no');
const unknown = clientError('unreachable', 'gone', { outcome: 'unknown' });

test('one is sent when the one before is answered', async () => {
  const { say, sent, answer } = bench();
  const said = ['a', 'b', 'c'].map((text) => say(text));
  await Promise.resolve();
  expect(sent).toEqual(['a']);
  for (const [i, text] of ['a', 'b', 'c'].entries()) {
    await answer(text);
    expect(await said[i]).toBe(`${text}!`);
  }
  expect(sent).toEqual(['a', 'b', 'c']);
});

test('what is refused was not said: the others go on', async () => {
  const { say, answer } = bench();
  const [a, b] = [say('a'), say('b')];
  await answer('a', refused);
  await expect(a).rejects.toBe(refused);
  await answer('b');
  expect(await b).toBe('b!');
});

test.each([
  ['nobody knows what became of', unknown],
  ['the caller ended', new Error('enough')],
])('behind one that %s, what waits is not sent, and what comes later is', async (_, error) => {
  const { say, sent, answer } = bench();
  const [a, b, c] = [say('a'), say('b'), say('c')];
  const held = Promise.allSettled([b, c]);
  await answer('a', error);
  await expect(a).rejects.toBe(error);
  for (const one of await held)
    expect(one).toMatchObject({
      status: 'rejected',
      reason: { code: 'not-sent', outcome: 'not-executed', cause: error },
    });
  const later = say('d');
  await answer('d');
  expect(await later).toBe('d!');
  expect(sent).toEqual(['a', 'd']);
});

test('one whose signal aborts before its turn is not sent, and holds nobody back', async () => {
  const { say, sent, answer } = bench();
  const stop = new AbortController();
  const [a, b, c] = [say('a'), say('b', stop.signal), say('c')];
  stop.abort(new Error('never mind'));
  await answer('a');
  await expect(b).rejects.toThrow('never mind');
  await answer('c');
  expect([await a, await c, sent]).toEqual(['a!', 'c!', ['a', 'c']]);
});
