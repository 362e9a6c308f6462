import {
  type ElicitRequestFormParams,
  type InputRequiredResult,
  inputRequired,
  type PrimitiveSchemaDefinition,
} from '@modelcontextprotocol/server';
import { type Static, Type } from 'typebox';
import type { Group, Json, RoundJson } from '../client/index.ts';
import { handleText } from './handle.ts';
import { closed, groupName, standing } from './schemas.ts';
import { nextStep, show } from './standing.ts';
import { type Asking, formKey, tool } from './tool.ts';
import { hasVoted } from './wait-tool.ts';

const output = Type.Object({
  ...standing.properties,
  voted: Type.Boolean({ description: 'Whether the vote of this person counts in the round.' }),
  link: Type.Union([Type.String(), Type.Null()], {
    description: 'Where this person votes: send it to nobody else. Null once they have voted.',
  }),
  handle: Type.String({ description: 'For wait: ends when this person has voted.' }),
});
type Answer = Static<typeof output>;
type Form = Readonly<Record<string, unknown>>;
type Option = NonNullable<RoundJson['options']>[number];
type Choice = { readonly note: string | undefined } & ({ readonly abstain: true } | { readonly value: Json });

/**
 * Asks a person for a vote in the open round. Where the client has forms, the person who uses it is asked there; in every other
 * case, also when the form is not filled in, the answer is a link to the page where that person votes.
 */
export const askHuman = tool({
  name: 'ask_human',
  title: 'Ask a person to vote',
  takesToken: true,
  description:
    'Has a person vote in the open round under a name of their own: by a form in this client, or else by a link that you ' +
    'pass on to them, and a handle to wait with. The same call again asks the same person for the same vote.',
  hints: { idempotentHint: true },
  input: Type.Object(
    {
      group: groupName,
      agent: Type.String({ description: 'The name that this person votes under; never your own.' }),
      question: Type.Optional(
        Type.String({ description: 'What to ask; by default the title of the group.' }),
      ),
    },
    closed,
  ),
  output,
  run: async ({ group: name, agent, question }, asking) => {
    const { seats, signal, formState, filledIn } = asking;
    const group = seats.managed(name);
    const round = await group.round(formState === null ? 'open' : Number(formState), { signal });
    if (await hasVoted(group, round, agent, signal)) return settled(group, round, agent, true, asking);
    const settings = await group.show({ signal });
    if (formState === null && asking.hasForms) return form(question ?? settings.title ?? name, agent, round);
    const choice = filledIn === null ? null : choiceIn(filledIn, round);
    if (choice !== null) {
      const voter = await seats.forPerson(settings, agent, signal);
      const now = await voter.propose({ agent, round: round.round, signal, ...choice });
      return settled(group, now, agent, true, asking);
    }
    if (round.state !== 'WAITING') return settled(group, round, agent, false, asking);
    const link = await seats.linkFor(settings, agent, signal);
    const handle = handleText({ group: name, round: round.round, agent });
    const key = settings.admission === 'key' ? ', and the key of the group, which the page asks for' : '';
    const next = `Give the link to ${agent}${key}; then call wait with ${JSON.stringify({ handle })}.`;
    return { ...show(round, next), voted: false, link, handle };
  },
});

/** The answer when there is nothing to ask any more: the person has voted, or the round has ended. */
async function settled(
  group: Group,
  round: RoundJson,
  agent: string,
  voted: boolean,
  { signal }: Asking,
): Promise<Answer> {
  const handle = handleText({ group: round.group, round: round.round, agent });
  return { ...show(round, await nextStep(group, round, signal)), voted, link: null, handle };
}

/** Asks the client to show a form. It carries the number of the round, so that the answer counts in no later one. */
function form(question: string, agent: string, round: RoundJson): InputRequiredResult {
  const message = `${question}\n${agent} votes in round ${round.round} of group ${round.group}.`;
  const requestedSchema: ElicitRequestFormParams['requestedSchema'] = {
    type: 'object',
    properties: {
      vote: { title: 'Your vote', ...choices(round) },
      abstain: { type: 'boolean', title: 'I abstain', default: false },
      note: { type: 'string', title: 'Why', description: 'Shown with your vote.', maxLength: 2000 },
    },
  };
  return inputRequired({
    inputRequests: { [formKey]: inputRequired.elicit({ message, requestedSchema }) },
    requestState: String(round.round),
  });
}

/** The field of the vote: one of the options, where the round has some, each by its place among them. */
function choices({ options }: RoundJson): PrimitiveSchemaDefinition {
  if (options === null) return { type: 'string', description: 'A number is taken as a number.' };
  return {
    type: 'string',
    oneOf: options.map((one, place) => ({ const: String(place), title: labelOf(one) })),
  };
}

function labelOf({ value, label }: Option): string {
  return label ?? (typeof value === 'string' ? value : JSON.stringify(value));
}

/** What a filled-in form says; null when it says nothing. */
function choiceIn(form: Form, { options }: RoundJson): Choice | null {
  const note = typeof form.note === 'string' && form.note !== '' ? form.note : undefined;
  if (form.abstain === true) return { abstain: true, note };
  if (typeof form.vote !== 'string' || form.vote.trim() === '') return null;
  const value = options === null ? numberOrText(form.vote.trim()) : options[Number(form.vote)]?.value;
  return value === undefined ? null : { value, note };
}

function numberOrText(text: string): Json {
  return /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(text) ? Number(text) : text;
}
