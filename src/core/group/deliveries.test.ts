import { describe, expect, it } from 'vitest';
import { TestGroup, word } from '../../../test/harness/test-group.ts';
import { canonical } from '../json.ts';
import type { Json } from '../types.ts';
import { dueDeliveries } from './deliveries.ts';

const solo = { rule: { electorate: { size: 1 }, next: 'continuous' } };

/** A group whose every proposal closes a round, with the webhook `w`. */
function telling(more: Parameters<TestGroup['putWebhook']>[1] = {}): TestGroup {
  const room = new TestGroup(solo, 'newest');
  room.putWebhook('w', more);
  return room;
}

const minute = 60_000;
const hour = 60 * minute;

describe('a round that ends is told to the webhooks that want to know [Q11.4]', () => {
  it.each([
    ['all', [1, 2]],
    ['SUCCESS', [1]],
    ['FAILED', [2]],
  ] as const)('%s', (states, rounds) => {
    const room = telling({ states });
    room.propose('a', 1);
    room.close(2);
    expect([...room.webhook('w').pending.values()].map(({ round }) => round)).toEqual(rounds);
  });

  it('the webhooks there are when it ends, also when time ends it just before a webhook is put', () => {
    const room = new TestGroup({ rule: { deadline: '1s', next: 'continuous' } }, 'newest');
    room.now += 1000;
    room.putWebhook('w');
    expect(room.group.round).toBe(2);
    expect(room.webhook('w').count).toBe(0);
  });

  it('in the order in which rounds ended, when the clock ends them in one tick', () => {
    const room = new TestGroup({ rule: { deadline: '1s', next: 'until-success' } }, 'newest');
    room.putWebhook('w');
    room.after(1000);
    room.after(1000);
    expect([...room.webhook('w').pending.values()].map(({ number, round }) => [number, round])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('and to those of the server, of every group, deleted ones too [Q11.2]', () => {
    const room = new TestGroup(solo, 'newest');
    room.putWebhook('all', { group: null });
    room.putWebhook('w');
    room.propose('a', 1);
    room.remove();
    const told = [...room.webhook('all', null).pending.values()].map(({ group, body }) => [
      group,
      (JSON.parse(body) as { reason: string }).reason,
    ]);
    expect(told).toEqual([
      ['g', 'agreed'],
      ['g', 'group-deleted'],
    ]);
    room.put(solo);
    expect(room.group.webhooks.size, 'those of the group are gone with it').toBe(0);
  });

  it('says nothing to one that is disabled', () => {
    const room = telling();
    room.propose('a', 1);
    room.propose('a', 2);
    room.fail('w', { gone: true, error: '410' });
    room.propose('a', 3);
    const webhook = room.webhook('w');
    expect([webhook.disabled, webhook.count, webhook.pending.size, webhook.next]).toEqual([
      '410',
      2,
      0,
      Infinity,
    ]);
    expect([...webhook.over.values()].map(({ error, attempts }) => [error, attempts])).toEqual([
      ['410', 1],
      ['the webhook is disabled', 0],
    ]);
  });

  it('says how it ended, in canonical form', () => {
    const room = telling();
    room.propose('a', { why: 'é' });
    const body = room.webhook('w').pending.get(1)?.body as string;
    expect(body).toBe(canonical(JSON.parse(body) as Json));
    expect(JSON.parse(body)).toEqual({
      ...{ group: 'g', round: 1, state: 'SUCCESS', reason: 'agreed', value: { why: 'é' }, subjectHash: null },
      ...{ closedAt: new Date(room.start).toISOString(), index: room.state.index, revision: 4 },
      explain: expect.stringContaining('1 of 1 proposed the same value'),
    });
  });

  it('keeps a group in being that is to be deleted once it is idle', () => {
    const room = new TestGroup({ ...solo, retention: { idle: '1h' } }, 'newest');
    room.putWebhook('w');
    room.propose('a', 1);
    room.after(2 * hour);
    expect(room.state.groups.has('g')).toBe(true);
    room.deliver('w');
    room.after(1);
    expect(room.state.groups.has('g')).toBe(false);
  });
});

describe('an attempt that fails [Q11.6]', () => {
  it('is made again after each time of the schedule and up to a tenth more, then never', () => {
    const room = telling();
    room.propose('a', 1);
    const waits = [5_000, 5 * minute, 30 * minute, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * hour)];
    for (const wait of waits) {
      expect(word(room.fail('w'))).toBe('attempt-noted');
      const next = room.webhook('w').next - room.now;
      expect(next).toBeGreaterThanOrEqual(wait);
      expect(next).toBeLessThanOrEqual(wait * 1.1);
      room.after(next - 1);
      expect([...dueDeliveries(room.state, room.state.time)]).toEqual([]);
      room.after(1);
      expect([...dueDeliveries(room.state, room.state.time)]).toHaveLength(1);
    }
    room.fail('w', { error: 'x'.repeat(300) });
    const webhook = room.webhook('w');
    expect([webhook.failed, webhook.delivered, webhook.pending.size]).toEqual([1, 0, 0]);
    expect(webhook.over.get(1)).toMatchObject({ attempts: 10, state: 'failed', error: 'x'.repeat(200) });
  });

  it('waits as long as the receiver asks, at most a day', () => {
    const room = telling();
    room.propose('a', 1);
    room.fail('w', { retryAfter: hour });
    expect(room.webhook('w').next).toBe(room.now + hour);
    room.fail('w', { retryAfter: 1000 });
    expect(room.webhook('w').next).toBeGreaterThanOrEqual(room.now + 5 * minute);
    room.fail('w', { retryAfter: 1000 * hour });
    expect(room.webhook('w').next).toBe(room.now + 24 * hour);
  });

  it('counts once, and only where the server delivers that says so [Q11.8]', () => {
    const room = telling();
    room.propose('a', 1);
    room.takeDeliveries('one');
    expect(word(room.fail('w', { fence: 1 }))).toBe('attempt-ignored');
    expect(word(room.fail('w'))).toBe('attempt-noted');
    expect(word(room.fail('w', { attempt: 1 }))).toBe('attempt-ignored');
    expect(word(room.fail('w', { number: 2 }))).toBe('attempt-ignored');
    expect(word(room.fail('w', { made: 1 }))).toBe('attempt-ignored');
    expect(room.webhook('w').pending.get(1)?.attempts).toBe(1);
  });

  it('of a group that is gone says so', () => {
    const room = telling();
    room.propose('a', 1);
    const attempt = { id: 'w', number: 1, attempt: 1, fence: 1, made: room.webhook('w').made };
    room.remove();
    expect(word(room.send({ type: 'delivered', group: 'g', ...attempt })[0] as never)).toBe(
      'group-not-found',
    );
    expect(word(room.send({ type: 'delivered', group: null, ...attempt })[0] as never)).toBe(
      'attempt-ignored',
    );
  });
});

it('what was delivered is delivered, whoever did it and whatever was thought of it [Q11.8]', () => {
  const room = telling();
  for (const value of [1, 2]) room.propose('a', value);
  room.takeDeliveries('one');
  expect(word(room.deliver('w', { fence: 1 }))).toBe('attempt-noted');
  expect(word(room.deliver('w'))).toBe('attempt-ignored');
  room.fail('w', { number: 2, gone: true });
  expect(word(room.deliver('w', { number: 2 }))).toBe('attempt-noted');
  expect([room.webhook('w').delivered, room.webhook('w').failed]).toEqual([2, 0]);
});

describe('one server delivers [Q11.7]', () => {
  it('for as long as its lease lasts, and longer if it renews it', () => {
    const room = telling();
    const first = room.takeDeliveries('one');
    expect(first).toMatchObject({ did: 'deliveries-taken', server: 'one', fence: room.state.index });
    room.after(9000);
    expect(room.takeDeliveries('two')).toEqual({ ...first, did: 'deliveries-held' });
    expect(room.takeDeliveries('one')).toEqual({ ...first, until: room.now + 10_000 });
    room.after(10_000);
    expect(room.takeDeliveries('two')).toMatchObject({ did: 'deliveries-taken', fence: room.state.index });
  });

  it('under the same fence, where nobody else did in between', () => {
    const room = telling();
    const first = room.takeDeliveries('one');
    room.after(60_000);
    expect(room.takeDeliveries('one')).toEqual({ ...first, until: room.now + 10_000 });
  });
});

describe('what is due', () => {
  it('is one delivery of each webhook, the lowest number that is, what was due first before the rest', () => {
    const room = telling();
    room.putWebhook('v');
    room.putWebhook('all', { group: null });
    for (const value of [1, 2]) {
      room.propose('a', value);
      room.after(1000);
    }
    room.fail('w');
    room.deliver('all', { group: null });
    const due = [...dueDeliveries(room.state, room.now)];
    expect(due.map(({ group, webhook, delivery }) => [group?.name, webhook.id, delivery.number])).toEqual([
      ['g', 'w', 2],
      ['g', 'v', 1],
      [undefined, 'all', 2],
    ]);
    expect(room.state.undelivered.next).toBe(room.start);
  });

  it('is nothing once it is delivered, or its webhook deleted', () => {
    const room = telling();
    room.propose('a', 1);
    room.deliver('w');
    expect(room.state.undelivered.next).toBe(Infinity);
    room.propose('a', 2);
    room.deleteWebhook('w');
    expect([...dueDeliveries(room.state, Infinity)]).toEqual([]);
  });
});
