import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/entry.ts';
import { emptyState } from '../../src/core/group/state.ts';
import type { Result } from '../../src/core/result.ts';
import type { Canonical, Json } from '../../src/core/types.ts';
import { createCommand, proposal, run, settingsOf } from '../harness/entries.ts';

/** Smallest cases in which the protocol's text asks for one thing and something else was once done. */

class Scene {
  readonly state = emptyState();
  time = 1_000_000;

  constructor(rule: { readonly [name: string]: Json }) {
    this.say(createCommand('g', settingsOf({ rule: { next: 'manual', ...rule } })));
  }

  say(command: Command): Result | undefined {
    return run(this.state, [command], { time: this.time, seed: 3 }).results[0];
  }

  propose(
    agent: string | null,
    value: Canonical | null,
    more: { seq?: number; key?: string; round?: number } = {},
  ): Result | undefined {
    return this.say({ ...proposal('g', 1, agent, value), ...more });
  }

  close(): void {
    this.say({ type: 'close-round', group: 'g', round: 1, ifRevision: null, by: null, tokenHash: null });
  }

  join(agent: string): void {
    this.say({
      type: 'join',
      group: 'g',
      agent,
      role: 'voter',
      ttl: 2000,
      tokenHash: `token-${agent}`,
      joinKeyHash: null,
    });
  }

  get outcome(): string {
    const outcome = this.state.groups.get('g')?.closed.get(1);
    return outcome === undefined
      ? 'WAITING'
      : outcome.state === 'FAILED'
        ? 'FAILED'
        : `SUCCESS ${outcome.value}`;
  }
}

const a = '"a"';
const b = '"b"';

describe('order of arrival (part 3, 4)', () => {
  const escalation = {
    all: [{ role: 'models', agents: ['p1', 'p2'], threshold: 'unanimous' }],
    else: { role: 'people', agents: ['p3'], threshold: 1 },
  };
  const inOrder = (
    rule: { readonly [name: string]: Json },
    ballots: readonly [string, Canonical][],
  ): string => {
    const scene = new Scene({ electorate: escalation, ...rule });
    for (const [agent, value] of ballots) scene.propose(agent, value);
    return scene.outcome;
  };

  it('does not judge a mixed electorate with a floor', () => {
    const late = inOrder({ floor: 3 }, [
      ['p1', a],
      ['p2', a],
      ['p3', a],
    ]);
    expect(late).toBe(
      inOrder({ floor: 3 }, [
        ['p3', a],
        ['p1', a],
        ['p2', a],
      ]),
    );
  });

  it('does not judge a mixed electorate with a veto after else', () => {
    const late = inOrder({ veto: ['p3'] }, [
      ['p1', a],
      ['p2', a],
      ['p3', 'false'],
    ]);
    expect(late).toBe(
      inOrder({ veto: ['p3'] }, [
        ['p3', 'false'],
        ['p1', a],
        ['p2', a],
      ]),
    );
  });

  it('does not judge a mixed electorate with a required agent after else', () => {
    const late = inOrder({ required: ['p3'] }, [
      ['p1', a],
      ['p2', a],
      ['p3', a],
    ]);
    expect(late).toBe(
      inOrder({ required: ['p3'] }, [
        ['p3', a],
        ['p1', a],
        ['p2', a],
      ]),
    );
  });
});

describe('an early close (part 4, close)', () => {
  it('is not made while a seat may go to somebody without a veto', () => {
    const scene = new Scene({
      electorate: { size: 2 },
      threshold: 'unanimous',
      close: 'early',
      veto: ['ann'],
    });
    scene.propose('bob', 'false');
    expect(scene.outcome).toBe('WAITING');
    scene.propose('cyd', 'false');
    expect(scene.outcome).toBe('SUCCESS false');
  });

  it('is made where all who have a veto have taken their seats', () => {
    const scene = new Scene({ electorate: { size: 3 }, close: 'early', veto: ['ann'] });
    scene.propose('ann', a);
    scene.propose('bob', a);
    expect(scene.outcome).toBe('SUCCESS "a"');
  });

  it('comes at once where a live electorate is smaller than the floor', () => {
    const scene = new Scene({ electorate: { live: { min: 2, max: 9 } }, floor: 3, close: 'early' });
    scene.join('ann');
    scene.join('bob');
    scene.say({ ...proposal('g', 1, 'ann', a), tokenHash: 'token-ann' });
    expect(scene.outcome).toBe('FAILED');
  });

  it('comes at once where a required agent is not in the frozen electorate', () => {
    const scene = new Scene({ electorate: { live: { min: 2, max: 9 } }, required: ['eve'], close: 'early' });
    scene.join('ann');
    scene.join('bob');
    scene.say({ ...proposal('g', 1, 'ann', a), tokenHash: 'token-ann' });
    expect(scene.outcome).toBe('FAILED');
  });
});

describe('absent: "excluded" (part 4: only an expired lease shrinks n)', () => {
  it('does not leave out those who have not spoken when the round is closed by hand', () => {
    const scene = new Scene({ electorate: { agents: ['p1', 'p2', 'p3', 'p4'] }, absent: 'excluded' });
    scene.propose('p1', a);
    scene.close();
    expect(scene.outcome).toBe('FAILED');
  });

  it('records the number that the outcome was judged by', () => {
    const scene = new Scene({ electorate: { size: 4 }, absent: 'excluded' });
    scene.propose('p1', a);
    scene.close();
    const outcome = scene.state.groups.get('g')?.closed.get(1);
    const majority = 2 * (outcome?.proposals.size ?? 0) > (outcome?.eligible ?? 0);
    expect(outcome?.state).toBe(majority ? 'SUCCESS' : 'FAILED');
  });
});

describe('a second proposal (part 3, 3)', () => {
  it('of the same value is a repeat, whatever its seq, where no revote is allowed', () => {
    const scene = new Scene({ electorate: { size: 3 } });
    scene.propose('ann', a);
    expect(scene.propose('ann', a, { seq: 1 })).toMatchObject({ ok: true, did: 'repeated' });
  });

  it('changes nothing without a seq, once one with a seq is counted', () => {
    const scene = new Scene({ electorate: { size: 3 }, revote: true });
    scene.propose('ann', a, { seq: 1 });
    expect(scene.propose('ann', b)).toMatchObject({ ok: false });
  });

  it('is not undone by a late retry of the first without a seq', () => {
    const scene = new Scene({ electorate: { size: 3 }, revote: true });
    scene.propose('ann', a);
    scene.propose('ann', b, { seq: 1 });
    scene.propose('ann', a);
    expect(scene.state.groups.get('g')?.open?.proposals.get('ann')?.value).toBe(b);
  });
});

describe('an idempotency key (FIELD 4, 16: reuse with another body is refused)', () => {
  it('of an agent is not that of an anonymous post', () => {
    const scene = new Scene({ electorate: { size: 3 } });
    scene.propose('ann', a, { key: 'k' });
    expect(scene.propose(null, b, { key: 'k' })).toMatchObject({ did: 'proposed' });
  });

  it('of a late retry is remembered too', () => {
    const scene = new Scene({ electorate: { size: 3 }, next: 'continuous' });
    scene.propose('ann', a);
    scene.close();
    expect(scene.propose('ann', a, { round: 1, key: 'k' })).toMatchObject({ did: 'repeated' });
    expect(scene.propose('ann', b, { round: 2, key: 'k' })).toMatchObject({ ok: false, code: 'key-reused' });
  });

  it('of a change of mind is remembered too', () => {
    const scene = new Scene({ electorate: { size: 3 }, revote: true });
    scene.propose('ann', a, { seq: 1 });
    scene.propose('ann', b, { seq: 2, key: 'k' });
    expect(scene.propose('ann', a, { key: 'k' })).toMatchObject({ ok: false, code: 'key-reused' });
  });
});

describe('a lease (part 5: every authenticated call renews it)', () => {
  for (const [what, value] of [
    ['a repeated', a],
    ['a refused', b],
  ] as const) {
    it(`is renewed by ${what} proposal`, () => {
      const scene = new Scene({ electorate: { size: 3 } });
      scene.join('ann');
      const say = (text: Canonical) =>
        scene.say({ ...proposal('g', 1, 'ann', text), tokenHash: 'token-ann' });
      say(a);
      scene.time += 1000;
      say(value);
      expect(scene.state.groups.get('g')?.members.get('ann')?.expiresAt).toBe(scene.time + 2000);
    });
  }
});

describe('a lease (part 5: every authenticated call renews it), of one who may not', () => {
  const joined = (role: 'voter' | 'observer'): Scene => {
    const scene = new Scene({ electorate: { size: 3 } });
    const ttl = 2000;
    scene.say({
      type: 'join',
      group: 'g',
      agent: 'ann',
      role,
      ttl,
      tokenHash: 'token-ann',
      joinKeyHash: null,
    });
    scene.time += 1000;
    return scene;
  };
  const expiresAt = (scene: Scene) => scene.state.groups.get('g')?.members.get('ann')?.expiresAt;

  it('propose, since it is an observer', () => {
    const scene = joined('observer');
    const result = scene.say({ ...proposal('g', 1, 'ann', a), tokenHash: 'token-ann' });
    expect(result).toMatchObject({ code: 'not-a-voter' });
    expect(expiresAt(scene)).toBe(scene.time + 2000);
  });

  it('close a round', () => {
    const scene = joined('voter');
    const result = scene.say({
      type: 'close-round',
      group: 'g',
      round: 1,
      ifRevision: null,
      by: 'ann',
      tokenHash: 'token-ann',
    });
    expect(result).toMatchObject({ code: 'may-not-close' });
    expect(expiresAt(scene)).toBe(scene.time + 2000);
  });
});

describe('a lease (part 5: only the token speaks for a name)', () => {
  it('is not renewed by an anonymous post under a used key', () => {
    const scene = new Scene({ electorate: { size: 3 } });
    scene.join('ann');
    scene.say({ ...proposal('g', 1, 'ann', a), tokenHash: 'token-ann', key: 'k' });
    scene.time += 1000;
    scene.propose(null, a, { key: 'k' });
    expect(scene.state.groups.get('g')?.members.get('ann')?.expiresAt).toBe(1_002_000);
  });
});

describe('maxRounds (part 4: ends the group EXHAUSTED)', () => {
  it('also bounds the rounds of a new subject', () => {
    const scene = new Scene({ electorate: { size: 3 }, maxRounds: 1 });
    const settings = settingsOf({
      rule: { next: 'manual', electorate: { size: 3 }, maxRounds: 1 },
      subjectHash: 's',
    });
    scene.say(createCommand('g', settings));
    expect(scene.state.groups.get('g')?.round).toBe(1);
  });
});
