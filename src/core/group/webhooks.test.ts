import { describe, expect, it } from 'vitest';
import { TestGroup, word } from '../../../test/harness/test-group.ts';
import { limits } from '../limits.ts';
import { signingSecrets, viewDelivery, viewWebhook } from '../view/webhook.ts';

const solo = { rule: { electorate: { size: 1 }, next: 'continuous' } };

function room(more = {}): TestGroup {
  return new TestGroup({ ...solo, ...more }, 'newest');
}

describe('a webhook [Q11.1]', () => {
  it('is made once, and changed by putting it otherwise', () => {
    const one = room();
    expect(['webhook-made', 'webhook-unchanged']).toEqual([
      word(one.putWebhook('w')),
      word(one.putWebhook('w')),
    ]);
    const { made } = one.webhook('w');
    expect(word(one.putWebhook('w', { url: 'https://other.example' }))).toBe('webhook-changed');
    expect(one.webhook('w')).toMatchObject({
      made,
      settings: { url: 'https://other.example' },
      former: null,
    });
    const revision = one.group.revision;
    one.deleteWebhook('w');
    one.putWebhook('w');
    expect(one.webhook('w').made, 'made anew it is another').toBeGreaterThan(made);
    expect(one.group.revision, 'nobody but its manager sees it').toBe(revision);
  });

  it('keeps its secret or gets another; the former one signs for a day more [Q11.3]', () => {
    const one = room();
    one.putWebhook('w', { keepSecret: true });
    expect(signingSecrets(one.webhook('w'), one.now)).toEqual(['whsec_w']);
    one.putWebhook('w', { secret: 'whsec_other', keepSecret: true });
    expect(signingSecrets(one.webhook('w'), one.now)).toEqual(['whsec_w']);
    expect(word(one.putWebhook('w', { secret: 'whsec_next' }))).toBe('webhook-changed');
    expect(word(one.putWebhook('w', { secret: 'whsec_next' }))).toBe('webhook-unchanged');
    const webhook = one.webhook('w');
    const day = 24 * 3_600_000;
    expect(signingSecrets(webhook, one.now + day - 1)).toEqual(['whsec_next', 'whsec_w']);
    expect(signingSecrets(webhook, one.now + day)).toEqual(['whsec_next']);
    const about = { group: 'g', logId: 'log' };
    expect(viewWebhook(webhook, { ...about, now: one.now }).formerSecretUntil).toBe(
      new Date(one.now + day).toISOString(),
    );
    expect(viewWebhook(webhook, { ...about, now: one.now + day }).formerSecretUntil).toBeNull();
  });

  it('that is disabled is told of rounds again once it is put', () => {
    const one = room();
    one.putWebhook('w');
    one.propose('a', 1);
    one.fail('w', { gone: true, error: '410' });
    expect(word(one.replay('w', 1))).toBe('webhook-disabled');
    expect(word(one.putWebhook('w'))).toBe('webhook-changed');
    expect(word(one.replay('w', 1))).toBe('delivery-queued');
    expect(one.webhook('w')).toMatchObject({ disabled: null, failed: 0, next: one.now });
  });

  it.each([
    ['g', limits.groupWebhooks],
    [null, limits.serverWebhooks],
  ])('of %s is one of a few', (group, most) => {
    const one = room();
    for (let i = 0; i < most; i += 1) expect(word(one.putWebhook(`w${i}`, { group }))).toBe('webhook-made');
    expect(word(one.putWebhook('w', { group }))).toBe('limit-reached');
    expect(word(one.putWebhook('w0', { group, states: 'FAILED' }))).toBe('webhook-changed');
    one.deleteWebhook('w0', group);
    expect(word(one.putWebhook('w', { group }))).toBe('webhook-made');
  });

  it('answers to the join key in force where the group has one', () => {
    const keyed = room({ admission: 'key' });
    expect(word(keyed.putWebhook('w', { byKeyHash: 'key' }))).toBe('webhook-made');
    expect(word(keyed.putWebhook('w', { byKeyHash: 'old' }))).toBe('join-key-wrong');
    expect(word(keyed.putWebhook('w'))).toBe('webhook-unchanged');
    expect(word(room().putWebhook('w', { byKeyHash: 'any' }))).toBe('webhook-made');
    expect(word(keyed.deleteWebhook('v', null))).toBe('webhook-not-found');
  });
});

describe('its deliveries [Q11.5]', () => {
  it('wait up to a limit; beyond it the oldest fails', () => {
    const one = room();
    one.putWebhook('w');
    for (let i = 0; i <= limits.deliveriesPending; i += 1) one.testWebhook('w');
    const webhook = one.webhook('w');
    expect([webhook.pending.size, webhook.over.size, webhook.failed]).toEqual([
      limits.deliveriesPending,
      1,
      1,
    ]);
    expect(webhook.get(1)?.error).toBe('too many deliveries were waiting');
  });

  it('are forgotten once they are over, but for the last', () => {
    const one = room();
    one.putWebhook('w');
    for (let number = 1; number <= limits.deliveriesKept + 1; number += 1) {
      one.testWebhook('w');
      one.deliver('w', { number });
    }
    const webhook = one.webhook('w');
    expect([webhook.over.size, webhook.get(1), webhook.delivered]).toEqual([
      limits.deliveriesKept,
      undefined,
      limits.deliveriesKept + 1,
    ]);
  });

  it('take a bounded number of characters, those that are over going first', () => {
    const one = room({ rule: { ...solo.rule, valueBytes: 16_384 } });
    one.putWebhook('w');
    const long = 'x'.repeat(16_000);
    for (let i = 0; i < 10; i += 1) one.propose('a', long);
    one.deliver('w');
    for (let i = 0; i < 10; i += 1) one.propose('a', long);
    const webhook = one.webhook('w');
    const kept = [...webhook.pending.values(), ...webhook.over.values()];
    expect(kept.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(limits.deliveryCharactersKept);
    expect([webhook.get(1), webhook.over.size]).toEqual([undefined, 0]);
    expect(webhook.count).toBe(webhook.pending.size + webhook.delivered + webhook.failed);
  });

  it('are sent anew when somebody asks for it, in order of number [Q11.9]', () => {
    const one = room();
    one.putWebhook('w');
    for (const value of [1, 2]) one.propose('a', value);
    one.deliver('w');
    one.fail('w', { number: 2 });
    expect(word(one.replay('w', 1))).toBe('delivery-queued');
    expect(word(one.replay('w', 2))).toBe('delivery-queued');
    const webhook = one.webhook('w');
    expect([...webhook.pending.values()].map(({ number, attempts }) => [number, attempts])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect([webhook.next, webhook.delivered]).toEqual([one.now, 0]);
    expect(word(one.replay('w', 3))).toBe('delivery-not-found');
  });

  it('are tested under a key once [Q11.9]', () => {
    const one = room();
    one.putWebhook('w');
    expect(one.testWebhook('w', 'k')).toMatchObject({ did: 'delivery-queued', number: 1 });
    one.testWebhook('w');
    one.deliver('w');
    expect(one.testWebhook('w', 'k')).toMatchObject({ did: 'delivery-queued-before', number: 1 });
    expect(one.testWebhook('w')).toMatchObject({ did: 'delivery-queued', number: 3 });
  });
});

it('is shown without its secret, with what was tried last [Q11.9]', () => {
  const one = room();
  one.putWebhook('w');
  const about = { group: 'g', logId: 'log', now: one.now };
  expect(viewWebhook(one.webhook('w'), about)).toEqual({
    ...{ id: 'w', group: 'g', url: 'https://w.example/in', states: 'all', format: 'standard' },
    ...{ formerSecretUntil: null, disabled: null, pending: 0, delivered: 0, failed: 0, last: null },
  });
  for (const value of [1, 2, 3]) one.propose('a', value);
  one.deliver('w');
  one.after(1000);
  one.fail('w', { number: 2 });
  const webhook = one.webhook('w');
  const { made } = webhook;
  const shown = viewWebhook(webhook, about);
  expect(shown).toMatchObject({ pending: 2, delivered: 1, failed: 0 });
  expect(shown.last).toMatchObject({ number: 2, attempts: 1, error: '500', message: `msg_log_${made}_2` });
  expect(shown.last?.nextAt).toBe(new Date(webhook.get(2)?.nextAt ?? 0).toISOString());
  expect(JSON.stringify(shown)).not.toContain('whsec');
  expect(viewDelivery(webhook, webhook.get(1) as never, 'log')).toEqual({
    ...{ message: `msg_log_${made}_1`, number: 1, kind: 'outcome', group: 'g', round: 1 },
    at: new Date(one.start).toISOString(),
    ...{ state: 'delivered', attempts: 1, nextAt: null, error: null },
    lastAttemptAt: new Date(one.start).toISOString(),
  });
});
