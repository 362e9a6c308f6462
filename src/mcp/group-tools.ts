import { Type } from 'typebox';
import type { CreatedGroup, GroupSettings, Json, Preset } from '../client/index.ts';
import { agentName, closed, groupName, json, oneOf, orNull } from './schemas.ts';
import { tool } from './tool.ts';

/** The tools that find a group, make one, and take a seat in it. */

const mostGroups = 100;
const text = (description: string) => Type.String({ description });

export const listGroups = tool({
  name: 'list_groups',
  title: 'List groups',
  takesToken: true,
  description: 'The groups that you may read, in order of creation, each with how its latest round stands.',
  hints: { readOnlyHint: true, idempotentHint: true },
  input: Type.Object(
    {
      prefix: Type.Optional(text('Only groups whose names begin so.')),
      after: Type.Optional(text('Continue behind this name, the last of the page before.')),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: mostGroups, default: 20 })),
    },
    closed,
  ),
  output: Type.Object({
    groups: Type.Array(
      Type.Object({
        group: Type.String(),
        title: orNull(Type.String()),
        status: Type.String({ description: 'open, decided, idle or exhausted.' }),
        round: Type.Integer({ description: 'The open round, or the last one when none is open.' }),
        state: Type.String({ description: 'Of that round: WAITING, SUCCESS or FAILED.' }),
        value: json('The decision; null unless SUCCESS.'),
        missing: Type.Array(Type.String()),
        explain: Type.String(),
      }),
    ),
  }),
  run: async ({ prefix, after, limit = 20 }, { seats, signal }) => {
    const page = {
      limit,
      ...(prefix !== undefined && { prefix }),
      ...(after !== undefined && { after }),
    };
    const rows = await seats.client.groups({ ...page, signal });
    return {
      groups: rows.map(({ group, title, status, round, state, value, missing, explain }) => ({
        ...{ group, title, status, round, state, value, missing: [...missing], explain },
      })),
    };
  },
});

export const createGroup = tool({
  name: 'create_group',
  title: 'Create a group',
  description:
    'Makes a group that decides together, and opens its round 1. The same call again changes nothing; a group of ' +
    'this name with other settings stays as it is, and the call is refused. Give agents (names) or size.',
  hints: { idempotentHint: true },
  input: Type.Object(
    {
      group: groupName,
      title: Type.Optional(text('The question that the group decides.')),
      agents: Type.Optional(
        Type.Array(text('A name, such as ann.'), { minItems: 1, description: 'Who votes, by name.' }),
      ),
      size: Type.Optional(Type.Integer({ minimum: 1, description: 'How many vote, whoever comes first.' })),
      threshold: Type.Optional(
        json('How many equal proposals decide: a number, "majority" or "unanimous". Default: majority.'),
      ),
      options: Type.Optional(Type.Array(json('A value.'), { description: 'All that may be proposed.' })),
      preset: Type.Optional(
        oneOf(['majority', 'unanimous', 'panel', 'gate', 'poker', 'classroom'], 'A ready-made rule.'),
      ),
      rule: Type.Optional(
        Type.Record(Type.String(), json('The value of this setting.'), {
          description: 'Further settings of the rule, such as {"equality": "text", "deadline": "10m"}.',
        }),
      ),
      admission: Type.Optional(
        oneOf(
          ['open', 'key', 'invite'],
          'Who may join: anybody, who has the key, who is invited. Default: open.',
        ),
      ),
      subjectHash: Type.Optional(text('What is decided about, such as the hash of a commit.')),
    },
    closed,
  ),
  output: Type.Object({
    group: Type.String(),
    status: Type.String(),
    round: Type.Integer({ description: 'The round that is open now.' }),
    admission: Type.String(),
    joinKey: Type.Optional(
      text('Who has it may join, and manage the group: give it to those who take part.'),
    ),
    rule: Type.Record(Type.String(), json('The value of this setting.')),
    page: text('Where people watch the group.'),
    next: Type.String({ description: 'What to do now.' }),
  }),
  run: async (input, { seats, signal }) => {
    const { group: name } = input;
    const keys = needsKeys(input) ? seats.keysFor(name) : {};
    const group = seats.client.group(name);
    const made = await group.create({ ...settingsOf(input), ...keys }, { ifRevision: 0, signal });
    if (made.joinKey !== undefined) seats.keep(name);
    const { status, round, admission, rule, joinKey } = made;
    return {
      ...{ group: name, status, round, admission, rule: { ...rule } as unknown as Record<string, Json> },
      ...(joinKey !== undefined && { joinKey }),
      page: seats.pageOf(name),
      next: whatNext(made, seats.keepsTokens),
    };
  },
});

/** How those who vote go about it. */
function whatNext({ group, round, admission }: CreatedGroup, keepsTokens: boolean): string {
  const proposes = `proposes in round ${round}: propose with ${JSON.stringify({ group, round })}, its name and its value.`;
  if (admission === 'open') return `Each who votes ${proposes}`;
  if (admission === 'key') return `Each who votes joins with this joinKey as key, then ${proposes}`;
  return `Each who votes needs an invite: ask_human${keepsTokens ? '' : ', with this joinKey as token,'} answers a link for each.`;
}

export const join = tool({
  name: 'join',
  title: 'Join a group',
  description:
    'Takes a name in a group, so that nobody else can vote under it while you take part. The same call again keeps ' +
    'the same seat. Not needed to propose where everybody may join.',
  hints: { idempotentHint: true },
  input: Type.Object(
    {
      group: groupName,
      agent: agentName,
      name: Type.Optional(text('What you are shown as; the agent name when left out.')),
      role: Type.Optional(
        oneOf(['voter', 'observer'], 'An observer reads and cannot propose. Default: voter.'),
      ),
      key: Type.Optional(text("The group's join key, where it admits by key.")),
    },
    closed,
  ),
  output: Type.Object({
    group: Type.String(),
    agent: Type.String(),
    role: Type.String(),
    round: Type.Integer({ description: 'The open round, or the last one when none is open.' }),
    status: Type.String({ description: 'open, decided, idle or exhausted.' }),
    title: orNull(text('The question that the group decides.')),
    options: orNull(Type.Array(json('A value, or one with its label.'))),
    token: Type.Optional(
      text(
        'Speaks for you: give it as token with every later call of yours in this group, and to nobody else.',
      ),
    ),
    next: Type.String({ description: 'What to do now.' }),
  }),
  run: async ({ group: name, agent, name: shown, role, key }, { seats, signal }) => {
    const joined = await seats.join(name, agent, {
      kind: 'model',
      signal,
      ...(shown !== undefined && { name: shown }),
      ...(role !== undefined && { role }),
      ...(key !== undefined && { key }),
    });
    const { token } = joined;
    const { round, status, title, rule } = await seats.client.group(name).as(token).show({ signal });
    return {
      ...{ group: name, agent, role: joined.role, round, status, title },
      ...(!seats.keepsTokens && { token }),
      options: rule.options === null ? null : rule.options.map((one) => ({ ...one })),
      next:
        status === 'open' && joined.role === 'voter'
          ? `Propose in round ${round}${seats.keepsTokens ? '' : ', with this token'}.`
          : `See how round ${round} ended with outcome.`,
    };
  },
});

interface Asked {
  readonly agents?: readonly string[];
  readonly size?: number;
  readonly threshold?: Json;
  readonly options?: readonly Json[];
  readonly title?: string;
  readonly preset?: string;
  readonly rule?: Readonly<Record<string, Json>>;
  readonly admission?: string;
  readonly subjectHash?: string;
}

/** The settings as they are asked for; what is wrong with them the server says. */
function settingsOf(asked: Asked): GroupSettings {
  const { agents, size, threshold, options, rule, title, preset, admission, subjectHash } = asked;
  const electorate = agents !== undefined ? { agents } : size === undefined ? undefined : { size };
  const settings = {
    ...{ title, preset: preset as Preset | undefined, admission, subjectHash },
    rule: { ...rule, ...given({ electorate, threshold, options }) },
  };
  return given(settings) as GroupSettings;
}

function needsKeys({ admission, preset }: Asked): boolean {
  return admission === undefined ? preset === 'gate' : admission !== 'open';
}

function given(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
