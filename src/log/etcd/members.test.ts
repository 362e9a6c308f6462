import { describe, expect, test } from 'vitest';
import { Members } from './members.ts';

describe('which member is asked next', () => {
  test('each in turn', () => {
    const members = new Members(3, 1, () => 0);
    expect(new Set(turns(members, 3, () => false)).size).toBe(3);
  });

  test('not one that has not answered lately, while there is another', () => {
    let now = 0;
    const members = new Members(3, 0, () => now);
    members.leave(0, true);
    expect(new Set(turns(members, 6, () => false))).toEqual(new Set([1, 2]));
    now += 3001;
    expect(new Set(turns(members, 3, () => false))).toEqual(new Set([0, 1, 2]));
  });

  test('one that answers again', () => {
    const members = new Members(3, 0, () => 0);
    members.leave(0, true);
    members.answered(0);
    expect(turns(members, 6, () => false)).toContain(0);
  });

  test('all that are silent in turn, and not only one that is dead and says so at once', () => {
    const members = new Members(3, 0, () => 0);
    const asked = turns(members, 30, (member) => member !== 2);
    for (const member of [0, 1]) expect(asked.filter((one) => one === member).length).toBeGreaterThan(5);
  });

  test('whoever has turned away already is not turned away again', () => {
    const members = new Members(3, 0, () => 0);
    expect(members.leave(0, false)).toBe(true);
    const { current } = members;
    expect(members.leave(0, false)).toBe(false);
    expect(members.current).toBe(current);
  });

  test('the only one there is', () => {
    const members = new Members(1, 0, () => 0);
    expect(members.leave(0, true)).toBe(false);
    expect(members.current).toBe(0);
  });
});

/** Who is asked, one after the other, while each in turn fails. */
function turns(members: Members, count: number, isSilent: (member: number) => boolean): number[] {
  return Array.from({ length: count }, () => {
    members.leave(members.current, isSilent(members.current));
    return members.current;
  });
}
