import { describe, expect, it } from 'vitest';
import { Transcript } from '../../bench/messages/transcript.ts';

/** What a benchmark of messages accepts as heard: each message once, in one order for all listeners. */

/** Two publishers who said two messages each, and two listeners. */
function twoAndTwo() {
  const transcript = new Transcript(2, 2);
  const said = [0, 1, 0, 1].map((publisher) => transcript.next(publisher));
  return { transcript, said };
}

const all = [0, 1, 2, 3];

/** Lets both listeners hear messages by their places in the order in which they were said. */
function heard(first: readonly number[], second: readonly number[]): Transcript {
  const { transcript, said } = twoAndTwo();
  for (const [listener, places] of [first, second].entries())
    for (const place of places) transcript.hear(listener, said[place] ?? '');
  return transcript;
}

describe('a transcript', () => {
  it('is complete when every listener heard every message, all in the same order', () => {
    expect(heard(all, all)).toMatchObject({ fault: null, unheard: 0, said: 4 });
    // Publishers that speak at the same time have no order between them, as long as it is one for all.
    expect(heard([1, 0, 2, 3], [1, 0, 2, 3])).toMatchObject({ fault: null, unheard: 0 });
  });

  it('waits for a listener that missed the last message', () => {
    expect(heard(all, [0, 1, 2])).toMatchObject({ fault: null, unheard: 1 });
  });

  it.each([
    ['hears a message twice', [0, 0, 1, 2, 3]],
    ['misses one in the middle', [0, 2, 3]],
    ['hears two of other publishers the other way round', [1, 0, 2, 3]],
    ["hears a publisher's messages the other way round", [2, 1, 0, 3]],
    ['hears the last one again', [0, 1, 2, 3, 3]],
  ])('is wrong where a listener %s', (_, places) => {
    expect(heard(all, places).fault).toMatch(/^listener 1 heard message/);
  });

  it.each([
    ['hears a publisher begin with its second message', [2, 1]],
    ['hears a message twice', [0, 0]],
  ])('is wrong where the first listener to hear %s', (_, places) => {
    expect(heard(places, []).fault).toMatch(/^listener 0 heard message/);
  });

  it('is wrong where something is heard that nobody said', () => {
    const { transcript } = twoAndTwo();
    transcript.hear(0, '@0.1;@0.2;@0.3;');
    expect(transcript.fault).toContain('0.3');
  });

  it('is read from chunks that end anywhere, whatever else they hold', () => {
    const { transcript, said } = twoAndTwo();
    const sent = said.map((text, i) => `id: ${i}\nevent: message\ndata: {"body":"${text}"}\n\n`).join('');
    for (const character of sent) transcript.hear(0, character);
    transcript.hear(1, sent);
    expect(transcript).toMatchObject({ fault: null, unheard: 0 });
  });

  it('takes the time from sent to heard by the last', () => {
    let now = 10;
    const transcript = new Transcript(1, 2, () => now);
    const text = transcript.next(0);
    now = 12;
    transcript.hear(0, text);
    now = 17;
    transcript.hear(1, text);
    expect(transcript.times).toEqual([7]);
  });

  it('lets publishers go on when enough is heard, and wakes them when something is wrong', async () => {
    const { transcript, said } = twoAndTwo();
    const enough = transcript.atMost(3);
    for (const listener of [0, 1]) transcript.hear(listener, said[0] ?? '');
    await enough;
    const never = transcript.atMost(0);
    transcript.hear(0, said[3] ?? '');
    transcript.hear(0, said[3] ?? '');
    await never;
    expect(transcript.fault).not.toBeNull();
  });
});
