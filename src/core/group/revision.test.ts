import { describe, expect, it } from 'vitest';
import { settingsOf, TestGroup, word } from '../../../test/harness/test-group.ts';
import { changesPerCommand } from '../apply.ts';
import type { Command } from '../entry.ts';
import type { Result } from '../result.ts';

const three = { rule: { electorate: { agents: ['a', 'b', 'c'] } } };

function manyJoins(count: number): Command[] {
  return Array.from({ length: count }, (_, i) => {
    const joining = { ttl: 30_000, tokenHash: `t${i}`, joinKeyHash: null };
    return { type: 'join', group: 'g', agent: `a${i}`, role: 'voter', ...joining };
  });
}

describe('groups', () => {
  it('made again under a name begin at round 1 and above every revision there was [Q3.15]', () => {
    const room = new TestGroup(null);
    // Far more revisions than entries: all of it stands in one.
    const putting = { type: 'put-group', group: 'g', ifRevision: null } as const;
    const put = { ...putting, settings: settingsOf(three), joinKeyHash: null, observerKeyHash: null };
    const renamed = Array.from({ length: 300 }, (_, i) => ({
      ...put,
      settings: settingsOf({ ...three, title: `${i}` }),
    }));
    const deleting = { type: 'delete-group', group: 'g', ifRevision: null } as const;
    let highest = 0;
    for (let life = 0; life < 3; life += 1) {
      const results = room.send(put, ...renamed, ...manyJoins(200), deleting);
      const [made, gone] = [results[0], results.at(-1)];
      if (!made?.ok || !('revision' in made) || !gone?.ok || !('revision' in gone))
        throw new Error('refused');
      expect(made.did).toBe('created');
      expect(made.revision).toBeGreaterThan(highest);
      highest = gone.revision;
    }
    expect(word(room.send(put, { ...deleting, ifRevision: highest })[1] as Result)).toBe('revision-mismatch');
    expect(room.group.round).toBe(1);
    const other = new TestGroup(null);
    other.send(deleting);
    expect(word(other.put(three)), 'deleting what is not there makes room as well').toBe('created');
  });

  it('change at most as often as commands account for, whatever runs out at once [Q3.15]', () => {
    const rule = { electorate: { live: { min: 1, max: 100 } }, next: 'continuous', deadline: '2s' };
    const room = new TestGroup({ rule });
    for (let i = 0; i < 50; i += 1) {
      room.send({ ...manyJoins(i + 1)[i], ttl: 1000 + i } as Command);
      room.now += i % 7;
    }
    room.now += 60_000;
    room.send({ type: 'tick' });
    expect(room.events.length).toBeGreaterThan(100);
    expect(room.group.revision).toBeLessThan(room.state.commands * changesPerCommand);
  });

  it('are closed only as they were read: of two with one ETag, one wins [Q3.13]', () => {
    const room = new TestGroup({ rule: { electorate: { size: 3 }, next: 'manual' } });
    const closing = (ifRevision: number) =>
      ({ type: 'close-round', group: 'g', round: 1, ifRevision, by: null, tokenHash: null }) as const;
    const words = (...commands: Command[]) => room.send(...commands).map(word);
    const read = room.group.revision;
    const proposing = { type: 'propose', group: 'g', round: 1, agent: 'a', value: '1' } as const;
    const plain = { seq: null, tokenHash: null, key: null };
    // In one entry: whatever the servers saw before they wrote it, the log decides.
    expect(words({ ...proposing, ...plain }, closing(read))).toEqual(['proposed', 'revision-mismatch']);
    expect(words(closing(read + 1), closing(read + 1))).toEqual(['closed', 'round-closed']);
    expect(room.ending(1)).toBe('FAILED closed-by-hand');
  });
});
