import { expect, test } from 'vitest';
import { TestGroup } from '../../test/harness/test-group.ts';
import { memoryLog } from '../log/memory.ts';
import { Oversight } from '../oversight.ts';
import { Counts } from '../replica/counts.ts';
import type { Notice } from './notices.ts';

test('a webhook that keeps failing is a notice, once, and so is that it is taken again', () => {
  const room = new TestGroup({ rule: { electorate: { size: 1 }, next: 'continuous' } }, 'newest');
  const counts = new Counts(room.state);
  const told: [string, Notice][] = [];
  let delivers = true;
  const oversight = new Oversight({
    log: memoryLog(),
    certificates: [],
    files: [],
    lost: () => null,
    behind: () => null,
    timeAhead: () => null,
    failingWebhooks: () => (delivers ? counts : null),
    notify: (what, notice) => void told.push([what, notice]),
  });
  const look = (): string[] => {
    counts.applied(new Set([room.group.name]));
    oversight.reload();
    return told.map(([what]) => what).filter((what) => what.startsWith('webhook'));
  };
  try {
    room.putWebhook('hook');
    room.propose('a', 1);
    room.takeDeliveries();
    room.fail('hook');
    room.fail('hook');
    expect(look()).toEqual([]);
    room.fail('hook', { error: 'the receiver answered 500' });
    expect(look()).toEqual(['webhook-failing']);
    expect(look()).toEqual(['webhook-failing']);
    const [, notice] = told.find(([what]) => what === 'webhook-failing') ?? [];
    expect(notice?.says).toBe(
      'webhook hook of group g has failed 3 times in a row: the receiver answered 500',
    );
    expect(notice?.facts).toMatchObject({ group: 'g', webhook: 'hook', attempts: 3, count: 1 });
    room.deliver('hook');
    expect(look()).toEqual(['webhook-failing', 'webhook-good']);

    // Where another server delivers, that one says so.
    room.propose('a', 2);
    for (let n = 0; n < 3; n += 1) room.fail('hook', { number: 2 });
    delivers = false;
    expect(look()).toEqual(['webhook-failing', 'webhook-good']);
  } finally {
    oversight.stop();
  }
});
