import { describe, expect, it } from 'vitest';
import { said, TestGroup } from '../../../test/harness/test-group.ts';
import { viewGroupRow } from './group-row.ts';
import { viewGroup, viewLatest } from './view.ts';

const row = ({ group, state }: TestGroup) => viewGroupRow(group, state.index);
const names = (count: number) => Array.from({ length: count }, (_, i) => `a${String(i).padStart(4, '0')}`);
const abc = { electorate: { agents: ['a', 'b', 'c'] } };

/** What the row and the round call the same. */
const shared = (room: TestGroup) => {
  const { state, reason, value, eligible, present, explain, openedAt, deadlineAt, closedAt, missing } =
    viewLatest(room.group, room.state.index) as NonNullable<ReturnType<typeof viewLatest>>;
  return { state, reason, value, eligible, present, explain, openedAt, deadlineAt, closedAt, missing };
};

describe('a group in the list of groups [Q6.15]', () => {
  it('is the group, and says the same of its latest round as the round does', () => {
    const rooms = {
      fresh: new TestGroup({ rule: { ...abc, deadline: '1m' } }),
      some: said({ ...abc, next: 'manual' }, { b: 1 }),
      agreed: said({ ...abc, next: 'manual' }, { a: 1, b: 1, c: 2 }),
      failed: said({ ...abc, next: 'manual' }, { a: 1, b: 2, c: 3 }),
      size: said({ electorate: { size: 3 } }, { a: 1 }),
      live: new TestGroup({ rule: { electorate: { live: { min: 3 } }, threshold: 2 } }),
      mixed: said(
        {
          electorate: {
            all: [
              { role: 'one', agents: ['a', 'b'], threshold: 1 },
              { role: 'two', agents: ['c'], threshold: 1 },
            ],
          },
        },
        { a: 1 },
      ),
    };
    for (const [name, room] of Object.entries(rooms)) {
      expect(row(room), name).toMatchObject(viewGroup(room.group, room.state.index));
      expect(row(room), name).toMatchObject(shared(room));
      expect(row(room), name).not.toHaveProperty('moreMissing');
    }
  });

  it('says how the last closed round ended, also while the next is open', () => {
    const room = new TestGroup({ rule: { ...abc, next: 'continuous' } });
    expect(row(room).last).toBeNull();
    for (const agent of ['a', 'b', 'c']) room.propose(agent, 'tea');
    const closedAt = new Date(room.now).toISOString();
    const first = { round: 1, state: 'SUCCESS', reason: 'agreed', value: 'tea', closedAt };
    expect(row(room)).toMatchObject({ round: 2, state: 'WAITING', value: null, last: first });
    for (const [i, agent] of ['a', 'b', 'c'].entries()) room.propose(agent, i);
    expect(row(room).last).toMatchObject({ round: 2, state: 'FAILED', reason: 'no-agreement', value: null });
    const still = said({ ...abc, next: 'manual' }, { a: 1, b: 1, c: 2 });
    expect(row(still)).toMatchObject({ round: 1, state: 'SUCCESS', last: { round: 1, value: 1 } });
  });

  it('names the first 100 who are missing, says how many others there are, and counts all in its sentence', () => {
    const agents = names(150);
    const room = new TestGroup({ rule: { electorate: { agents }, threshold: 140, next: 'manual' } });
    for (const agent of agents.slice(1, 11)) room.propose(agent, 1);
    const open = row(room);
    expect(open.missing).toEqual([agents[0], ...agents.slice(11, 110)]);
    expect(open).toMatchObject({ moreMissing: 40, explain: shared(room).explain });
    room.waive('a0000');
    expect(row(room).missing).toEqual(agents.slice(11, 111));
    expect(row(room).moreMissing).toBe(39);
    room.close(1);
    expect(row(room)).toMatchObject({ state: 'FAILED', missing: agents.slice(11, 111), moreMissing: 39 });
  });

  it('names of a mixed electorate only who is asked, at most 100', () => {
    const agents = names(150);
    const electorate = { any: [{ role: 'crowd', agents, threshold: 2 }], else: { agents: ['z'] } };
    const room = new TestGroup({ rule: { electorate } });
    room.propose('a0000', 1);
    expect(row(room).missing).toEqual(agents.slice(1, 101));
    expect(row(room).moreMissing).toBe(49);
  });
});
