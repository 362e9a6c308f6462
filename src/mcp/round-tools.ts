import { Type } from 'typebox';
import type { RoundJson } from '../client/index.ts';
import { wrongInput } from './fixes.ts';
import {
  agentName,
  closed,
  groupName,
  json,
  latest,
  note,
  orNull,
  roundNumber,
  standing,
} from './schemas.ts';
import { nextStep, show, waitCall } from './standing.ts';
import { tool } from './tool.ts';

/** The tools that vote in a round, and say how it stands or ended. */

const mostValues = 100;

export const propose = tool({
  name: 'propose',
  title: 'Propose a value',
  takesToken: true,
  description:
    'Casts your vote in a round: a value, or an abstention. The same call again is the same vote, so repeat it when ' +
    'you are not sure that it arrived. Answers at once; wait says how the round ends.',
  hints: { idempotentHint: true },
  input: Type.Object(
    {
      group: groupName,
      agent: agentName,
      round: roundNumber('The round to vote in, as join, create_group or list_groups say it.'),
      value: Type.Optional(json('What you propose, any JSON. One of the options, where the round has some.')),
      abstain: Type.Optional(Type.Literal(true, { description: 'To propose nothing, in place of value.' })),
      note: Type.Optional(note),
      seq: Type.Optional(
        Type.Integer({
          minimum: 0,
          description: 'To change your vote, where the rule allows it: a number above the last one.',
        }),
      ),
    },
    closed,
  ),
  output: standing,
  run: async ({ group: name, agent, round, value, abstain, note, seq }, { seats, signal }) => {
    if (value === undefined && abstain === undefined)
      throw wrongInput('neither value nor abstain is given', 'give a value, or abstain: true');
    const group = seats.of(name, agent);
    const what = abstain === true ? { abstain } : { value: value as NonNullable<typeof value> };
    const now = await group.propose({ agent, round, note, seq, signal, ...what });
    const next = now.state === 'WAITING' ? `It counts. To see the outcome ${waitCall(now)}.` : null;
    return show(now, next ?? (await nextStep(group, now, signal)));
  },
});

export const explain = tool({
  name: 'explain',
  title: 'Explain a round',
  takesToken: true,
  description:
    'Why a round stands or ended as it did: who is waited for, what can still be decided, who disagreed.',
  hints: { readOnlyHint: true, idempotentHint: true },
  input: Type.Object({ group: groupName, round: Type.Optional(latest) }, closed),
  output: Type.Object({
    group: Type.String(),
    round: Type.Integer(),
    state: Type.String(),
    reason: orNull(Type.String()),
    sentence: Type.String({ description: 'The whole in one sentence.' }),
    waitingFor: json('Who has not proposed: {agents, count, until}.'),
    stillPossible: json('What can still be decided, where proposals are shown live; else null.'),
    pivotal: json('Whose proposal alone can end the round, where proposals are shown live; else null.'),
    dissent: json('Values that did not win, with who proposed them, once the round is closed; else null.'),
    rule: json('The rule of this round.'),
  }),
  run: async ({ group, round }, { seats, signal }) => {
    const told = await seats.read(group).explain(round ?? 'latest', { signal });
    const { state, reason, sentence, waitingFor, stillPossible, pivotal, dissent, rule } = told;
    return JSON.parse(
      JSON.stringify({
        ...{ group, round: told.round, state, reason, sentence },
        ...{ waitingFor, stillPossible, pivotal, dissent, rule },
      }),
    );
  },
});

export const outcome = tool({
  name: 'outcome',
  title: 'Outcome of a round',
  takesToken: true,
  description:
    'How a round ended: the decision, and who proposed what. Without a round: the last one that has closed, or the ' +
    'open one while none has.',
  hints: { readOnlyHint: true, idempotentHint: true },
  input: Type.Object({ group: groupName, round: Type.Optional(roundNumber('The round.')) }, closed),
  output: Type.Object({
    ...standing.properties,
    tally: orNull(
      Type.Array(
        Type.Object({
          value: json('A proposed value.'),
          weight: Type.Number(),
          agents: Type.Array(Type.String()),
        }),
        { description: 'Heaviest value first; null until the rule reveals it.' },
      ),
    ),
  }),
  run: async ({ group: name, round: number }, { seats, signal }) => {
    const group = seats.read(name);
    const [newest, before] = number === undefined ? await group.rounds({ limit: 2, signal }) : [];
    const round =
      number === undefined ? lastClosed(newest as RoundJson, before) : await group.round(number, { signal });
    const tally = round.tally?.slice(0, mostValues) ?? null;
    return {
      ...show(round, await nextStep(group, round, signal)),
      tally: tally?.map(({ value, weight, agents }) => ({ value, weight, agents: [...agents] })) ?? null,
    };
  },
});

function lastClosed(newest: RoundJson, before: RoundJson | undefined): RoundJson {
  return newest.state === 'WAITING' && before !== undefined ? before : newest;
}
