import { afterEach, describe, expect, test } from 'vitest';
import { EventReader, type RunningApp, startApp } from '../../../test/harness/app.ts';
import { type StreamPage, Talk } from '../../../test/harness/talk.ts';
import type { ProblemJson } from '../../core/view/json-types.ts';

/** Messages to some: who reads them and who sees only that there is one, whichever way they are read. */

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function started(): Promise<RunningApp> {
  const running = await startApp();
  stops.push(() => running.stop());
  return running;
}

function listen(running: RunningApp, path: string, headers: Record<string, string> = {}): EventReader {
  const reader = new EventReader(running.url + path, headers);
  stops.push(() => reader.hangUp());
  return reader;
}

describe('a message to some [Q9.11]', () => {
  const joinKey = 'the-join-key-of-g-1';
  const observerKey = 'the-observer-key-of-g';

  async function addressed(): Promise<{ running: RunningApp; talk: Talk; secret: string }> {
    const running = await started();
    const talk = new Talk(running);
    await running.ask('PUT', talk.path, { admission: 'key', joinKey, observerKey });
    for (const agent of ['ann', 'bob', 'cy']) await talk.join(agent, {}, joinKey);
    Object.assign(talk.tokens, { manager: joinKey, observer: observerKey });
    await talk.say('cy', { body: 'to all' });
    const secret = 'what only bob may know';
    await talk.say('ann', { body: secret, to: ['bob'], replyTo: 5, ackBy: 'all' });
    return { running, talk, secret };
  }

  test('is withheld from all others, on every way to read', async () => {
    const { running, talk, secret } = await addressed();
    const withheld = { offset: 6, index: expect.any(Number), withheld: true };
    for (const as of ['cy', 'observer']) {
      for (const what of ['stream', 'messages', 'stream?after=5', 'messages?after=5&limit=1']) {
        const reply = await talk.ask('GET', what, undefined, as);
        expect(reply.as<StreamPage>().items.at(-1), reply.story).toEqual(withheld);
        expect(reply.text).not.toContain(secret);
      }
      for (const what of ['messages/6', 'messages/6/explain', 'messages/6?wait=30s']) {
        const reply = await talk.ask('GET', what, undefined, as);
        expect(reply.as<object>(), reply.story).toEqual(withheld);
        expect(Number(reply.headers.get('quorate-index'))).toBe(running.replica.state.index);
      }
      for (const what of ['stream', 'messages']) {
        const reader = listen(running, `${talk.path}/${what}`, {
          authorization: `Bearer ${talk.tokens[as]}`,
        });
        await reader.until(({ events }) => events.at(-1)?.id === '6');
        expect(reader.events.at(-1)).toEqual({ id: '6', event: 'withheld', data: withheld });
        expect(reader.text).not.toContain(secret);
      }
    }
    const answer = await talk.say('cy', { body: 'what?', replyTo: 6 });
    const none = await talk.say('cy', { body: 'what?', replyTo: 4 });
    expect([answer.status, answer.as<ProblemJson>().code]).toEqual([404, 'message-not-found']);
    expect(answer.text.replaceAll('6', '4').replace(/"index":\d+/, '')).toBe(
      none.text.replaceAll('6', '4').replace(/"index":\d+/, ''),
    );
  });

  test('is read by its sender, by whom it is for, and by the manager', async () => {
    const { running, talk, secret } = await addressed();
    for (const as of ['ann', 'bob', 'manager']) {
      const { items } = await talk.page('', as);
      expect(items.at(-1)).toMatchObject({ offset: 6, from: 'ann', to: ['bob'], replyTo: 5, body: secret });
      const one = await talk.ask('GET', 'messages/6', undefined, as);
      expect(one.as<object>()).toMatchObject({ body: secret, stability: 'pending' });
      const reader = listen(running, `${talk.path}/stream`, { authorization: `Bearer ${talk.tokens[as]}` });
      await reader.until(({ events }) => events.at(-1)?.id === '6');
      expect(reader.events.at(-1)).toMatchObject({ event: 'message', data: { body: secret } });
    }
  });

  test('is not opened by a name that somebody else has taken since', async () => {
    const running = await started();
    const talk = new Talk(running);
    await talk.begin(['ann', 'bob']);
    await talk.say('ann', { body: 'for bob', to: ['bob'] });
    await talk.ask('DELETE', 'agents/bob', undefined, 'bob');
    await talk.join('bob');
    expect((await talk.page('?after=3&limit=1', 'bob')).items).toMatchObject([{ offset: 4, withheld: true }]);
    expect(running.reported).toEqual([]);
  });
});
