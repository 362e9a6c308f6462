import type { Command } from 'commander';
import type { Client } from '../../client/index.ts';
import { clientOf, type Globals, whole } from '../arguments.ts';
import { ask, askForList } from '../ask.ts';
import { codeOf, type End } from '../exit.ts';
import { print, proposalsText, roundLine, valueText } from '../output.ts';

const aboutClosing = `
It ends with 0 when the proposals agree, and with 1 when they do not.

Example:
  $ quorate close lunch 3`;

export function registerOpen(program: Command): void {
  program
    .command('open')
    .alias('revote')
    .description('open the next round of a group whose rule says next: manual, to vote again')
    .argument('<group>', 'the group')
    .addHelpText('after', '\nExamples:\n  $ quorate open lunch\n  $ quorate revote lunch')
    .action(async (group: string, _options, command: Command) => {
      await ask(command, 'opening a round', (client) => client.group(group).open(), roundLine);
    });
}

export function registerClose(program: Command, end: End): void {
  program
    .command('close')
    .description('close a round by hand: the proposals made so far decide')
    .argument('<group>', 'the group')
    .argument('<round>', "the round's number", whole(1, Number.MAX_SAFE_INTEGER))
    .addHelpText('after', aboutClosing)
    .action(async (group: string, round: number, _options, command: Command) => {
      const close = (client: Client) => client.group(group).close(round);
      end(codeOf(await ask(command, 'closing the round', close, roundLine)));
    });
}

export function registerRounds(program: Command): void {
  program
    .command('rounds')
    .description('list the rounds of a group, newest first')
    .argument('<group>', 'the group')
    .option('--limit <n>', 'at most this many', whole(1, 1000), 20)
    .option('--before <n>', 'only rounds before this one', whole(1, Number.MAX_SAFE_INTEGER))
    .option(
      '--proposals <n>',
      'instead, all proposals of this round, the first counted first',
      whole(1, Number.MAX_SAFE_INTEGER),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ quorate rounds lunch --limit 5\n  $ quorate rounds lunch --proposals 3',
    )
    .action((group: string, { proposals, ...page }: Options, command: Command) => {
      if (proposals !== undefined) return listProposals(command, group, proposals);
      return askForList(command, 'rounds', (client) => client.group(group).rounds(page), {
        ROUND: ({ round }) => String(round),
        STATE: ({ state }) => state,
        REASON: ({ reason }) => reason ?? '',
        VALUE: ({ state, value }) => (state === 'SUCCESS' ? valueText(value) : ''),
        IN: ({ present, eligible }) => `${present}/${eligible}`,
        PROPOSALS: proposalsText,
      });
    });
}

interface Options {
  readonly limit: number;
  readonly before?: number;
  readonly proposals?: number;
}

/** Prints each page as it comes: a round may have 100,000 proposals. */
async function listProposals(command: Command, group: string, round: number): Promise<void> {
  const { json } = command.optsWithGlobals<Globals>();
  for await (const one of clientOf(command, '5s').group(group).proposals(round)) {
    const { agent, time, value, abstain } = one;
    const what = value !== undefined ? valueText(value) : abstain === true ? '(abstains)' : '(hidden)';
    print(json ? JSON.stringify(one) : `${time ?? ''}  ${agent}  ${what}`);
  }
}
