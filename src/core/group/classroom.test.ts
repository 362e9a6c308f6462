import { describe, expect, it } from 'vitest';
import { TestGroup } from '../../../test/harness/test-group.ts';
import type { Json } from '../types.ts';
import { latestOutcome, nextSeat, tellingFor } from './classroom.ts';

/** Three anonymous seats, two equal decide, rounds without end. */
function classroom(...numbers: readonly number[]): TestGroup {
  const room = new TestGroup({ preset: 'classroom' });
  for (const number of numbers) room.propose(null, number);
  return room;
}

const see = (room: TestGroup, reader: string, identified = false) => {
  const { state, isNew } = tellingFor(room.group, reader, identified);
  return { state, isNew };
};

describe('posts without identity [Q2.3]', () => {
  it('take one seat after the other, and the last one closes the round', () => {
    const room = classroom(7, 7);
    expect([...(room.group.open?.proposals.keys() ?? [])]).toEqual(['seat-1', 'seat-2']);
    expect(room.group.open && nextSeat(room.group.open)).toBe('seat-3');
    expect(room.group.open && nextSeat({ ...room.group.open, seats: 100 })).toBe('seat-101');
    expect(room.propose(null, 3)).toMatchObject({ did: 'proposed', round: 1, agent: 'seat-3' });
    expect(room.ending(1)).toBe('SUCCESS agreed 7');
    expect(room.group.open).toMatchObject({ number: 2, seats: 0 });
    expect(latestOutcome(room.group)).toBe(room.outcome(1));
  });

  it('are never taken for repeats of each other', () => {
    expect(classroom(7, 7, 7).outcome(1).seats).toBe(3);
  });
});

describe('what a reader is told [Q2.4]', () => {
  it('is WAITING before any round has closed', () => {
    expect(see(classroom(), '1')).toEqual({ state: 'WAITING', isNew: false });
    expect(see(classroom(7), '1')).toEqual({ state: 'WAITING', isNew: false });
  });

  it('is the outcome of the latest round, once for each seat', () => {
    const room = classroom(1, 2, 3);
    for (const id of ['1', '2', '3']) {
      expect(see(room, id)).toEqual({ state: 'FAILED', isNew: true });
      expect(room.tell(id)).toBe('FAILED');
      expect(see(room, id), 'told once').toEqual({ state: 'WAITING', isNew: false });
    }
    expect(see(room, '4'), 'no seat is left for a fourth').toEqual({ state: 'WAITING', isNew: false });
  });

  it('is SUCCESS for whoever asks while the next round is still empty', () => {
    const room = classroom(7, 7, 1);
    for (const id of ['1', '2', '3']) room.tell(id);
    expect(see(room, '1')).toEqual({ state: 'SUCCESS', isNew: false });
    expect(see(room, 'stranger')).toEqual({ state: 'SUCCESS', isNew: false });
    room.propose(null, 5);
    expect(see(room, '1'), 'the group is armed again').toEqual({ state: 'WAITING', isNew: false });
  });

  it('is still given to the slow after the next round has begun', () => {
    const room = classroom(7, 7, 1);
    room.tell('1');
    room.propose(null, 5);
    expect(see(room, '2')).toEqual({ state: 'SUCCESS', isNew: true });
    expect(see(room, '1')).toEqual({ state: 'WAITING', isNew: false });
  });

  it('is never the round before the latest', () => {
    const room = classroom(7, 7, 1, 4, 5, 6);
    expect(room.tell('late')).toBe('FAILED');
    expect(see(room, 'late')).toEqual({ state: 'WAITING', isNew: false });
  });

  it('looking uses up nothing, telling does [Q2.5]', () => {
    const room = classroom(1, 2, 3);
    const { revision } = room.group;
    for (let i = 0; i < 10; i += 1) expect(see(room, '1').isNew).toBe(true);
    expect(room.tell('1')).toBe('FAILED');
    expect([...room.group.toldLatest]).toEqual(['1']);
    expect(room.tell('1')).toBe('WAITING');
    expect([...room.group.toldLatest]).toEqual(['1']);
    expect(room.group.revision, 'a cursor is nothing visible [Q1.6]').toBe(revision);
  });

  it('may go to a stranger, who then has the seat of one who posted [Q2.10]', () => {
    const room = classroom(1, 2, 3);
    for (const id of ['1', '2', 'stranger']) expect(room.tell(id)).toBe('FAILED');
    expect(room.tell('3')).toBe('WAITING');
  });
});

describe('posts with identity [Q2.6]', () => {
  const room = () => {
    const made = new TestGroup({ preset: 'classroom' } as Json);
    made.propose('1', 7);
    made.propose('2', 7);
    return made;
  };

  it('see the last round in which they proposed, as often as they ask', () => {
    const made = room();
    expect(see(made, '1')).toEqual({ state: 'WAITING', isNew: false });
    made.propose('3', 9);
    made.propose('2', 1);
    expect(see(made, '1'), 'the log must know that it was told').toEqual({ state: 'SUCCESS', isNew: true });
    for (let i = 0; i < 3; i += 1) {
      expect(made.tell('1')).toBe('SUCCESS');
      expect(see(made, '1')).toEqual({ state: 'SUCCESS', isNew: false });
      expect(see(made, '2')).toEqual({ state: 'WAITING', isNew: false });
    }
  });

  it('are the past once a client without identity has the same id: it never hears the old SUCCESS', () => {
    const made = room();
    made.propose('3', 9);
    for (const id of ['1', '2', '3']) expect([made.tell(id), made.tell(id)]).toEqual(['SUCCESS', 'SUCCESS']);
    for (const number of [1, 2]) made.propose(null, number);
    for (const id of ['1', '2']) expect(see(made, id)).toEqual({ state: 'WAITING', isNew: false });
    expect(see(made, '1', true), 'who says who it is, is meant').toEqual({ state: 'SUCCESS', isNew: false });
    made.propose(null, 3);
    for (const id of ['1', '2', '3']) expect(made.tell(id)).toBe('FAILED');
  });

  it('are told how their round ended, however many have posted without identity since', () => {
    const made = room();
    made.propose(null, 1);
    made.propose(null, 2);
    expect(see(made, '1')).toEqual({ state: 'SUCCESS', isNew: true });
    expect(made.tell('1')).toBe('SUCCESS');
    expect(made.tell('1'), 'and then takes no seat of the same round').toBe('WAITING');
    expect(made.tell('x')).toBe('SUCCESS');
  });

  it('leave anonymous seats to anonymous ids', () => {
    const made = room();
    made.propose(null, 1);
    expect(made.outcome(1).seats).toBe(1);
    expect(made.tell('1')).toBe('SUCCESS');
    expect(see(made, '1').isNew).toBe(false);
    expect(see(made, 'x')).toEqual({ state: 'SUCCESS', isNew: true });
    made.tell('x');
    made.propose(null, 2);
    expect(see(made, 'y')).toEqual({ state: 'WAITING', isNew: false });
  });

  it('are recognised when they come again [Q2.7]', () => {
    const made = room();
    expect(made.propose('1', 7)).toMatchObject({ did: 'repeated', round: 1 });
    expect(made.propose('1', 8)).toMatchObject({ code: 'already-proposed', round: 1 });
    made.propose('3', 7, { key: 'once' });
    expect(made.ending(1)).toBe('SUCCESS agreed 7');
    expect(made.propose('3', 7, { key: 'once' }), 'a retry after the close').toMatchObject({
      did: 'repeated',
      round: 1,
    });
    expect(made.group.open?.proposals.size).toBe(0);
  });
});

it('an agent cannot agree with itself in the next round', () => {
  const room = classroom(7, 1, 2, 7, 7);
  expect(room.ending(1)).toBe('FAILED no-agreement');
  expect(room.ending(2)).toBe('WAITING');
});
