import { Type } from 'typebox';
import type { Group, RoundJson } from '../client/index.ts';
import { systemClock } from '../client/time.ts';
import { wrongInput } from './fixes.ts';
import { readHandle } from './handle.ts';
import { closed, groupName, latest, standing } from './schemas.ts';
import { nextStep, show } from './standing.ts';
import { type Asking, tool } from './tool.ts';

// Clients give a call up after 60 s.
const mostSeconds = 45;
const defaultSeconds = 25;
// A client that asked to be told may extend its limit each time it is.
const tellEveryMs = 5000;

export const wait = tool({
  name: 'wait',
  title: 'Wait for a round',
  takesToken: true,
  description:
    'Waits until a round has ended, and says how; or, when the time is over before, how it stands. Waiting changes ' +
    'nothing, so call it again as often as you like.',
  hints: { readOnlyHint: true, idempotentHint: true },
  input: Type.Object(
    {
      group: Type.Optional(groupName),
      round: Type.Optional(latest),
      handle: Type.Optional(
        Type.String({
          description:
            'What ask_human answered, in place of group and round: ends also when that person has voted.',
        }),
      ),
      seconds: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: mostSeconds,
          default: defaultSeconds,
          description: 'How long at most.',
        }),
      ),
    },
    closed,
  ),
  output: standing,
  run: async ({ group: name, round: number, handle, seconds = defaultSeconds }, asking) => {
    const asked = handle === undefined ? null : readHandle(handle);
    if (asked === null && name === undefined)
      throw wrongInput(
        'neither group nor handle is given',
        'name the group and its round, or give the handle',
      );
    const group = asking.seats.read(asked?.group ?? (name as string));
    const isEnough = async (now: RoundJson): Promise<boolean> =>
      now.state !== 'WAITING' || (asked !== null && (await hasVoted(group, now, asked.agent, asking.signal)));
    const round = await waitFor(group, asked?.round ?? number ?? 'latest', seconds * 1000, isEnough, asking);
    return show(round, await nextStep(group, round, asking.signal));
  },
});

/** The round once `isEnough` says so, or as it stands when the time is over. */
async function waitFor(
  group: Group,
  which: number | 'latest',
  ms: number,
  isEnough: (round: RoundJson) => Promise<boolean>,
  { signal, progress }: Asking,
): Promise<RoundJson> {
  const since = systemClock.now();
  const gone = (): number => systemClock.now() - since;
  const atOnce = progress === null ? ms : tellEveryMs;
  let round = await group.round(which, { signal });
  while (!(await isEnough(round)) && gone() < ms) {
    await progress?.(gone() / 1000, ms / 1000, round.explain);
    const wait = Math.min(atOnce, ms - gone());
    const before = { revision: round.revision, at: gone() };
    round = await group.round(round.round, { after: round.revision, wait, signal });
    // A server that stops answers early: the caller asks again, and reaches another one then.
    if (round.revision === before.revision && gone() - before.at < wait / 2) break;
  }
  return round;
}

/** Whether the round counts a proposal of this agent. */
export async function hasVoted(
  group: Group,
  round: RoundJson,
  agent: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (round.missing.length > 0) return !round.missing.includes(agent);
  for await (const one of group.proposals(round.round, { signal })) if (one.agent === agent) return true;
  return false;
}
