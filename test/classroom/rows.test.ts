import { describe, expect, it } from 'vitest';
import { tellingFor } from '../../src/core/group/classroom.ts';
import { emptyState, type Group, type State } from '../../src/core/group/state.ts';
import { decodeGlobals, encodeGlobals } from '../../src/core/snapshot/globals.ts';
import { addGroup, decodeGroup, encodeGroup } from '../../src/core/snapshot/group-record.ts';
import { copyState } from '../check/copy.ts';
import { dump } from '../check/dump.ts';
import { createCommand, freshGroup, proposal, run, settingsOf } from '../harness/entries.ts';

/**
 * Sessions of three clients in a row, of every kind and always with the ids 1, 2, 3, on the core alone: every way in
 * which the requests of a session can take turns, and a restart of the server between two sessions.
 */

const stamp = { time: 1_000_000, seed: 5 };
const group = 'default';
const settings = settingsOf({ preset: 'classroom' });

/** How a client says who it is: not at all, when it posts, or when it posts and when it asks. */
type Kind = 'anonymous' | 'posts' | 'always';
type Session = readonly [Kind, Kind, Kind];

const sessions: readonly Session[] = [
  ['anonymous', 'anonymous', 'anonymous'],
  ['posts', 'posts', 'posts'],
  ['always', 'always', 'always'],
  ['posts', 'anonymous', 'anonymous'],
  ['anonymous', 'posts', 'anonymous'],
  ['always', 'anonymous', 'posts'],
];

interface Client {
  readonly id: string;
  readonly kind: Kind;
  readonly posted: number;
  /** The round its last number was counted in, as long as it waits for the outcome. */
  readonly round: number | null;
  /** refused: it was another who posted under its name in this round. */
  readonly over: 'SUCCESS' | 'killed' | 'refused' | null;
  /** Whether all it was told was of the round that its number was counted in. */
  readonly ownRounds: boolean;
}

interface Scene {
  readonly state: State;
  readonly clients: readonly Client[];
  /** How often each round was told, by number. */
  readonly tellings: readonly number[];
}

/** All scenes in which one session can end, each once. `kills`: one client is killed, whichever, at any moment. */
function play(kinds: Session, before: Omit<Scene, 'clients'>, path: string, kills = false): Scene[] {
  const ends = new Map<string, Scene>();
  const seen = new Set<string>();
  const visit = (scene: Scene, here: readonly string[]): void => {
    const key = `${JSON.stringify([scene.clients, scene.tellings])} ${dump(scene.state)}`;
    if (seen.has(key)) return;
    seen.add(key);
    const where = [path, ...here].join(', ');
    let moved = false;
    scene.clients.forEach((client, i) => {
      if (client.over !== null) return;
      const killed = kills && scene.clients.every(({ over }) => over !== 'killed');
      const steps = killed ? [ask, kill] : [ask];
      for (const step of client.round === null ? (killed ? [post, kill] : [post]) : steps) {
        const next = step(scene, i, where);
        if (next === null) continue;
        moved ||= step !== kill;
        visit(next, [...here, `${client.id} ${step.name}s`]);
      }
    });
    if (moved) return;
    for (const { id, round, over } of scene.clients)
      if (over === null && round !== latest(scene).open?.number)
        expect(scene.tellings[round as number], `${where}: ${id} waits for round ${round}`).toBe(
          seats(scene, round),
        );
    ends.set(`${scene.tellings} ${dump(scene.state)}`, scene);
  };
  const clients = kinds.map((kind, i) => ({
    id: `${i + 1}`,
    kind,
    posted: 0,
    round: null,
    over: null,
    ownRounds: true,
  }));
  visit({ ...before, clients }, []);
  return [...ends.values()];
}

/** In their first round all three differ, from then on they agree. */
function post(scene: Scene, i: number): Scene {
  const { state, clients } = scene;
  const { id, kind, posted } = clients[i]!;
  const next = copyState(state);
  const value = posted === 0 ? id : '9';
  const result = run(next, [proposal(group, null, kind === 'anonymous' ? null : id, value)], stamp)
    .results[0];
  if (result?.ok !== true) return { ...scene, clients: clients.with(i, { ...clients[i]!, over: 'refused' }) };
  const round = 'round' in result ? result.round : null;
  return { ...scene, state: next, clients: clients.with(i, { ...clients[i]!, posted: posted + 1, round }) };
}

/** Null where the client is to wait; that must leave no trace. */
function ask(scene: Scene, i: number, where: string): Scene | null {
  const { state, clients } = scene;
  const client = clients[i]!;
  const next = copyState(state);
  const command = { type: 'tell', group, reader: client.id, identified: client.kind === 'always' } as const;
  const result = run(next, [command], stamp).results[0];
  if (result?.ok !== true || result.did !== 'told') throw new Error(`refused: ${JSON.stringify(result)}`);
  if (result.state === 'WAITING') {
    expect(dump(next), `${where}: a wait leaves a trace`).toBe(dump(state));
    return null;
  }
  const tellings = [...scene.tellings];
  const told = toldRound(scene, client);
  tellings[told] = (tellings[told] ?? 0) + 1;
  const here = `${where}: ${client.id} is told ${result.state} of round ${told}`;
  expect(tellings[told], `${here}, more often than it has numbers`).toBeLessThanOrEqual(seats(scene, told));
  expect(latest(scene).closed.get(told)?.state, here).toBe(result.state);
  const over = result.state === 'SUCCESS' ? 'SUCCESS' : null;
  const ownRounds = client.ownRounds && told === client.round;
  return { state: next, clients: clients.with(i, { ...client, round: null, over, ownRounds }), tellings };
}

/** Which round the answer to this client is about. */
function toldRound(scene: Scene, { id, kind }: Client): number {
  const room = latest(scene);
  const { isOwn } = tellingFor(room, id, kind === 'always');
  return isOwn ? (room.lastRound.get(id) as number) : Math.max(...room.closed.keys());
}

function seats(scene: Scene, round: number | null): number {
  return latest(scene).closed.get(round as number)?.proposals.size ?? 0;
}

function kill(scene: Scene, i: number): Scene {
  return { ...scene, clients: scene.clients.with(i, { ...scene.clients[i]!, over: 'killed' }) };
}

function latest({ state }: Scene): Group {
  return state.groups.get(group) as Group;
}

/** The state as a server finds it that starts again. */
function restarted(state: State): State {
  const copy = emptyState();
  decodeGlobals(encodeGlobals(state), copy);
  for (const one of state.groups.values()) addGroup(copy, decodeGroup(encodeGroup(one), copy.interned));
  expect(dump(copy)).toBe(dump(state));
  return copy;
}

function words(kinds: Session): string {
  return kinds.map((kind, i) => `${i + 1} ${kind}`).join(' ');
}

const start = (): Omit<Scene, 'clients'> => ({ state: freshGroup(group, settings, stamp), tellings: [] });
const restart = <T extends { readonly state: State }>(scene: T): T => ({
  ...scene,
  state: restarted(scene.state),
});
const firsts = sessions.map((first) => [words(first), first] as const);

function allEndWell(scenes: readonly Scene[], where: string): void {
  for (const { clients } of scenes)
    for (const { id, over, ownRounds } of clients)
      expect({ id, over, ownRounds }, where).toEqual({ id, over: 'SUCCESS', ownRounds: true });
}

describe('three sessions in a row with the same ids, of all kinds [Q2.4] [Q2.6] [Q2.10]', () => {
  it.each(firsts)(
    'first %s: all hear of their own rounds alone, end on SUCCESS, and nobody is stuck',
    (_, first) => {
      for (const second of sessions)
        for (const third of sessions.slice(0, 4)) {
          const where = [first, second, third].map(words).join(' | ');
          let scenes = play(first, start(), where);
          for (const kinds of [second, third]) {
            allEndWell(scenes, where);
            scenes = scenes.flatMap((scene) => play(kinds, restart(scene), where));
          }
          allEndWell(scenes, where);
        }
    },
    120_000,
  );
});

describe('one client is killed, at any moment; then comes a session with the same ids [Q2.10]', () => {
  it.each(firsts)(
    '%s: no round is told more often than it has numbers, and who waits, waits for numbers',
    (_, first) => {
      for (const second of sessions.slice(0, 4)) {
        const where = `${words(first)} | ${words(second)}`;
        for (const scene of play(first, start(), where, true)) play(second, restart(scene), where);
      }
    },
    120_000,
  );

  it.each(firsts)(
    '%s: once the group is made anew all is as on the first day [Q2.11]',
    (_, first) => {
      const remove = { type: 'delete-group', group, ifRevision: null } as const;
      for (const { state } of play(first, start(), words(first), true)) {
        run(state, [remove, createCommand(group, settings)], stamp);
        for (const second of sessions) {
          const where = `${words(first)} | ${words(second)}`;
          allEndWell(play(second, restart({ state, tellings: [] }), where), where);
        }
      }
    },
    120_000,
  );
});
