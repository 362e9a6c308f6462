import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { hasCode } from '../../client/errors.ts';
import type { Duration, Group, ProposeOptions, QuorateError, RoundJson } from '../../client/index.ts';
import { duration, type Globals, instance, jsonValue, whole } from '../arguments.ts';
import { ask } from '../ask.ts';
import { codeOf, type End, exit } from '../exit.ts';
import { note, roundLine } from '../output.ts';
import { followLink, invited } from './invited.ts';
import { proposeMany } from './propose-many.ts';

interface Options extends Globals {
  readonly round?: number;
  readonly wait?: Duration;
  readonly seq?: number;
  readonly abstain?: true;
  readonly note?: string;
  readonly invite?: string;
  readonly instance?: string;
  readonly from?: string;
}

type Name = string | undefined;

export function registerPropose(program: Command, end: End): void {
  program
    .command('propose')
    .description("propose an agent's value in a round, or many values at once: --from")
    .argument('[group]', 'the group')
    .argument('[agent]', "the agent's name")
    .argument('[value]', 'the value, as JSON', jsonValue)
    .option('--round <n>', 'the round (default: the open one)', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--wait <duration>', "wait this long for the round's outcome", duration)
    .option(
      '--seq <n>',
      'for rules with a revote: higher with each change of the value (default: higher than the last one)',
      whole(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--abstain', 'abstain, instead of a value')
    .option('--note <text>', 'why: shown where and when the value is')
    .option('--invite <secret>', 'the secret of an invite, or the whole link, which names the server too')
    .option(
      '--instance <secret>',
      'with --invite, what names this machine (default: a random text in ~/.local/state/quorate)',
      instance,
    )
    .option('--from <file>', 'propose every line of a file, - for standard input; each names its round')
    .addHelpText('after', examples)
    .action(async (group: Name, agent: Name, value: unknown, _options, command: Command) => {
      const { round, wait, seq, abstain, note, invite, instance, from } = command.optsWithGlobals<Options>();
      if (from !== undefined) {
        if ([group, round, seq, abstain, note, invite].some((one) => one !== undefined))
          command.error('error: with --from the lines say everything: give only --wait', {
            exitCode: exit.usage,
          });
        return end(await proposeMany(command, from, wait));
      }
      if (group === undefined || agent === undefined)
        command.error("error: missing required argument 'group' or 'agent'", { exitCode: exit.usage });
      if ((value === undefined) !== (abstain === true)) {
        command.error('error: give either a value, as JSON, or --abstain', { exitCode: exit.usage });
      }
      if (invite !== undefined) followLink(command, invite);
      const what = abstain === true ? { abstain } : { value: value as NonNullable<typeof value> & string };
      const proposal: ProposeOptions = { agent, round, wait, seq, note, ...what };
      const outcome = await ask(
        command,
        'waiting for the outcome',
        async (client) => propose(await invited(client.group(group), agent, invite, instance), proposal),
        roundLine,
      );
      end(outcome.state === 'WAITING' && wait === undefined ? exit.agreed : codeOf(outcome));
    });
}

/**
 * Proposes, and where the rule allows a change of mind makes this one the last: without a seq it is a first proposal or a
 * repeat of the counted one; when it is neither, the server says what the seq must be above. So clocks do not matter, nor
 * from how many machines somebody votes. Each request has its own key: one whose answer was lost is recognised when it
 * is sent again, even when another machine has changed the vote in between.
 *
 * To who waits for the outcome, a round that closed before tells it. Where no round is open, it may be the last one that the
 * proposal was counted in: then this is a repeat.
 */
async function propose(group: Group, options: ProposeOptions): Promise<RoundJson> {
  let proposal = options;
  let noneOpen: QuorateError | null = null;
  for (let left = mostTries; ; left -= 1) {
    try {
      return await group.propose({ ...proposal, idempotencyKey: randomUUID() });
    } catch (error) {
      if (hasCode(error, 'no-open-round') && proposal.round === undefined) {
        noneOpen = error;
        proposal = { ...options, round: (await group.round('latest')).round };
        continue;
      }
      if (!hasCode(error, 'stale-seq', 'round-closed') || error.round === null) throw error;
      if (error.code === 'round-closed') {
        if (options.wait === undefined) throw noneOpen ?? error;
        note(`not counted: ${error.detail}`);
        return error.round;
      }
      if (options.seq !== undefined || error.seq === null || left === 0) throw error;
      proposal = { ...options, round: error.round.round, seq: error.seq + 1 };
    }
  }
}

// Somebody who votes from several machines at the same moment.
const mostTries = 5;

const examples = `
Examples:
  $ quorate propose lunch ann '"pizza"' --wait 30s
  $ quorate propose deploy alice '"approve"' --invite "$SECRET"
  $ quorate propose --from ballots.ndjson --wait 30s

With --wait it ends with 0 when the group has agreed, with 1 when the round has failed, and with 3 when neither in time;
without, with 0 once the proposal is counted, but with 1 when the round has failed with it, and with 3 when no round is open.
Where the rule allows a revote, the same command changes the vote.

Each line of a file is one proposal; "token" where the agent has joined, "seq" and "note" as above:
  {"group": "lunch", "round": 1, "agent": "ann", "value": "pizza"}
  {"group": "lunch", "round": 1, "agent": "bob", "abstain": true}`;
