import { expect, it } from 'vitest';
import type { Delivery } from '../core/group/webhook-list.ts';
import { canonical, isWellFormed } from '../core/json.ts';
import type { Json } from '../core/types.ts';
import { messageText } from './message.ts';

const at = Date.UTC(2026, 0, 5, 9);

function told(more: { readonly [name: string]: Json }): Delivery {
  const body = { state: 'SUCCESS', reason: 'certain', explain: 'all 2 agree', value: 'pizza', ...more };
  return { kind: 'outcome', group: 'lunch', round: 3, at, body: canonical(body) } as Delivery;
}

const test = (group: string | null) =>
  ({ kind: 'test', group, round: null, at, body: canonical({ group, webhook: 'w' }) }) as Delivery;

const slackText = (delivery: Delivery): string => {
  const { text, blocks } = JSON.parse(messageText(delivery, 'slack'));
  // Verbatim, so that no bare address becomes a link; the other text is for notifications and for those who know no blocks.
  expect(blocks).toEqual([{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }]);
  return text;
};
const teamsText = (delivery: Delivery): string =>
  JSON.parse(messageText(delivery, 'teams')).attachments[0].content.body[0].inlines[0].text;

it('is an envelope with what is told as it is kept, so that no number is rounded', () => {
  const delivery = told({ value: 9007199254740991 });
  const body = delivery.body.replace('9007199254740991', '12345678901234567890');
  expect(messageText({ ...delivery, body }, 'standard')).toBe(
    `{"type":"round.closed","timestamp":"2026-01-05T09:00:00.000Z","data":${body}}`,
  );
  expect(JSON.parse(messageText(test('lunch'), 'standard'))).toEqual({
    ...{ type: 'webhook.test', timestamp: '2026-01-05T09:00:00.000Z' },
    data: { group: 'lunch', webhook: 'w' },
  });
});

it('is a sentence for a channel', () => {
  expect(slackText(told({}))).toBe('lunch, round 3: agreed on "pizza". all 2 agree');
  expect(teamsText(told({}))).toBe('lunch, round 3: agreed on "pizza". all 2 agree');
  const failed = told({ state: 'FAILED', reason: 'deadline', value: null });
  expect(slackText(failed)).toBe('lunch, round 3: no agreement (deadline). all 2 agree');
  expect(slackText(test('lunch'))).toBe('Quorate: a test of a webhook of group lunch, which works.');
  expect(teamsText(test(null))).toBe('Quorate: a test of a webhook of this server, which works.');
});

it('lets no value call a channel, or make a link', () => {
  const evil = '<!channel> <https://evil.example|click> & [here](https://evil.example) **now**';
  expect(slackText(told({ value: evil }))).toContain(
    '&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; [here]',
  );
  const card = JSON.parse(messageText(told({ value: evil }), 'teams'));
  // In a run of text Markdown means nothing.
  expect(card.attachments[0].content.body[0].inlines[0]).toEqual({
    type: 'TextRun',
    text: expect.stringContaining('[here](https://evil.example) **now**'),
  });
});

it('is cut where it is long, and never in the middle of a character', () => {
  for (const length of [297, 298, 299, 300]) {
    const text = slackText(told({ value: `${'a'.repeat(length)}${'😀'.repeat(200)}` }));
    expect(isWellFormed(text), String(length)).toBe(true);
    expect(text).toMatch(/…\. all 2 agree$/);
  }
  expect(slackText(told({ explain: 'x'.repeat(5000) })).length).toBe(600);
  // A block of Slack takes no more.
  expect(slackText(told({ value: '&'.repeat(900), explain: '&'.repeat(900) })).length).toBeLessThanOrEqual(
    3000,
  );
});
