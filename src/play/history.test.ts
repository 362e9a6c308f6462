import { expect, test } from 'vitest';
import { createCommand, newestVersion, proposal, run, settingsOf } from '../../test/harness/entries.ts';
import { emptyState, type Group } from '../core/group/state.ts';
import type { Json } from '../core/types.ts';
import type { ProposalJson, RoundJson } from '../core/view/json-types.ts';
import { viewProposal, viewRound } from '../core/view/view.ts';
import { statesAt } from './diagram.ts';
import { diagramOfHistory } from './history.ts';
import type { Diagram } from './types.ts';

/** A group of ann, bob and cy, after these proposals, as a server tells of it. */
function diagramOf(
  rule: { [name: string]: Json },
  ...said: [agent: string, round: number, value: string | null, seq?: number][]
): Diagram {
  const state = emptyState();
  const settings = settingsOf({
    rule: { electorate: { agents: ['cy', 'ann', 'bob'] }, threshold: 2, ...rule },
  });
  const log = [
    [newestVersion],
    [createCommand('lunch', settings)],
    ...said.map(([agent, round, value, seq]) => [
      { ...proposal('lunch', round, agent, value), seq: seq ?? null },
    ]),
  ];
  for (const [i, commands] of log.entries()) {
    const { results } = run(state, commands, { time: 1000 * (i + 1), seed: i });
    expect(results[0]).toMatchObject({ ok: true });
  }
  const group = state.groups.get('lunch') as Group;
  const rounds = Array.from(
    { length: group.round },
    (_, i) => viewRound(group, i + 1, state.index) as RoundJson,
  );
  const proposals = new Map(rounds.map(({ round }) => [round, proposalsOf(group, round)]));
  return diagramOfHistory(rounds, proposals);
}

function proposalsOf(group: Group, number: number): ProposalJson[] {
  const round = group.closed.get(number) ?? group.open;
  return [...(round?.proposals.values() ?? [])].map((one) => viewProposal(round as never, one));
}

const story = (diagram: Diagram): string[] =>
  diagram.events.flatMap((event) => {
    const id = (i: number): string => diagram.lifelines[i]?.id ?? '?';
    if (event.type === 'message')
      return [`${event.at} ${id(event.from)} to ${id(event.to)}: ${JSON.stringify(event.content)}`];
    if (event.type !== 'note') return [];
    const { type, who, at, ...note } = event;
    return [`${at} ${JSON.stringify(note)}`];
  });

test('closed rounds and the open one, in the order of the log', () => {
  const diagram = diagramOf(
    {},
    ['bob', 1, '2'],
    ['ann', 1, '1'],
    ['cy', 1, '3'],
    ['cy', 2, '7'],
    ['ann', 2, '7'],
  );
  expect(diagram.lifelines.map(({ id }) => id)).toEqual(['ann', 'bob', 'cy', 'server']);
  expect(story(diagram)).toEqual([
    '1 bob to server: {"kind":"post","round":1,"value":2}',
    '1 {"note":"in","count":1,"of":3}',
    '2 ann to server: {"kind":"post","round":1,"value":1}',
    '2 {"note":"in","count":2,"of":3}',
    '3 cy to server: {"kind":"post","round":1,"value":3}',
    '3 {"note":"in","count":3,"of":3}',
    '4 {"note":"closed","round":1,"state":"FAILED","value":null,"values":[2,1,3],"by":[]}',
    '4 server to bob: {"kind":"state","state":"FAILED","round":1,"value":null}',
    '4 server to ann: {"kind":"state","state":"FAILED","round":1,"value":null}',
    '4 server to cy: {"kind":"state","state":"FAILED","round":1,"value":null}',
    '5 cy to server: {"kind":"post","round":2,"without":"hidden"}',
    '5 {"note":"in","count":1,"of":3}',
    '6 ann to server: {"kind":"post","round":2,"without":"hidden"}',
    '6 {"note":"in","count":2,"of":3}',
  ]);
  expect(diagram.verdict).toEqual({ verdict: 'OPEN' });
  expect(diagram.steps).toBe(6);
});

test('a decision names who put it forward, and each who took part is told', () => {
  const diagram = diagramOf({}, ['bob', 1, '"tea"'], ['ann', 1, null], ['cy', 1, '"tea"']);
  expect(story(diagram)[2]).toBe('2 ann to server: {"kind":"post","round":1,"without":"abstain"}');
  expect(story(diagram)).toContain(
    '4 {"note":"closed","round":1,"state":"SUCCESS","value":"tea","values":["tea","tea"],"by":[1,2]}',
  );
  expect(diagram.verdict).toEqual({ verdict: 'SUCCESS', value: 'tea', round: 1 });
  expect(statesAt(diagram, 3)[0]).toMatchObject({ phase: 'waits', number: null });
  expect(statesAt(diagram, 4)).toMatchObject([
    { phase: 'ended', number: null, decision: 'tea' },
    { phase: 'ended', number: 'tea', decision: 'tea' },
    { phase: 'ended', number: 'tea', decision: 'tea' },
    { kind: 'server', state: 'SUCCESS', round: 1 },
  ]);
});

test('a change of mind is a second message, and no second agent that is in', () => {
  const diagram = diagramOf(
    { revote: true, reveal: 'live' },
    ['ann', 1, '1', 1],
    ['bob', 1, '2', 1],
    ['ann', 1, '2', 2],
  );
  expect(story(diagram).slice(4)).toEqual([
    '3 ann to server: {"kind":"post","round":1,"value":2}',
    '3 {"note":"in","count":2,"of":3}',
  ]);
});

test('what a rule never reveals is not there', () => {
  const diagram = diagramOf(
    { reveal: 'never' },
    ['bob', 1, '"tea"'],
    ['ann', 1, '"tea"'],
    ['cy', 1, '"milk"'],
  );
  const text = JSON.stringify({ ...diagram, verdict: null });
  expect(text).not.toContain('milk');
});

test('a group without rounds is a server alone', () => {
  expect(diagramOfHistory([], new Map())).toEqual({
    lifelines: [{ id: 'server', kind: 'server' }],
    events: [],
    steps: 0,
    verdict: { verdict: 'OPEN' },
  });
});
