import type { Command } from 'commander';
import type { ClaimJson, Client, Group, ProposalJson, RoundJson } from '../../client/index.ts';
import { clientOf, type Globals, whole } from '../arguments.ts';
import { ask, askForList } from '../ask.ts';
import { codeOf, type End } from '../exit.ts';
import { oneLine, print, proposalsText, roundLine, valueText } from '../output.ts';
import { claimsOn, claimText } from './claims.ts';

const aboutClosing = `
It ends with 0 when the proposals agree, and with 1 when they do not.

Example:
  $ quorate close lunch 3`;

export function registerOpen(program: Command): void {
  program
    .command('open')
    .alias('revote')
    .description('open the next round, where none opens by itself (next: manual): to vote once more')
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
    .option('--detail', 'below each round its claim and its proposals: who, when, what and why')
    .addHelpText('after', examples)
    .action((group: string, { proposals, detail, ...page }: Options, command: Command) => {
      if (proposals !== undefined) return listProposals(command, group, proposals);
      if (detail === true) return listDetails(command, group, page);
      return askForList(command, 'rounds', (client) => claimedRounds(client.group(group), page), {
        ROUND: ({ round }) => String(round),
        STATE: ({ state }) => state,
        REASON: ({ reason }) => reason ?? '',
        VALUE: ({ state, value }) => (state === 'SUCCESS' ? valueText(value) : ''),
        IN: ({ present, eligible }) => `${present}/${eligible}`,
        CLAIM: ({ claim }) => claimText(claim),
        PROPOSALS: proposalsText,
      });
    });
}

type Page = Pick<Options, 'limit' | 'before'>;

/** Rounds, each with the claim on its decision where somebody has taken it. */
async function claimedRounds(
  group: Group,
  page: Page,
): Promise<readonly (RoundJson & { readonly claim?: ClaimJson })[]> {
  const rounds = await group.rounds(page);
  const claims = await claimsOn(group, rounds);
  return rounds.map((round) => {
    const claim = claims.get(round.round);
    return claim === undefined ? round : { ...round, claim };
  });
}

interface Options {
  readonly limit: number;
  readonly before?: number;
  readonly proposals?: number;
  readonly detail?: true;
}

const examples = `
A proposal that came without a token is "unchecked": whoever reaches the server may have sent it. CLAIM says who acts on
the decision, until when and with which fence, or with which result somebody has; with --json it is the member "claim".

Examples:
  $ quorate rounds lunch --limit 5
  $ quorate rounds lunch --proposals 3
  $ quorate rounds lunch --detail`;

/** Prints each page as it comes: a round may have 100,000 proposals. */
async function listProposals(command: Command, group: string, round: number): Promise<void> {
  const { json } = command.optsWithGlobals<Globals>();
  for await (const one of clientOf(command, '5s').group(group).proposals(round)) {
    print(json ? JSON.stringify(one) : proposalLine(one));
  }
}

/** Prints each round with all its proposals; with --json the round with one more member, `proposals`. */
async function listDetails(command: Command, name: string, page: Page): Promise<void> {
  const { json } = command.optsWithGlobals<Globals>();
  const group = clientOf(command, '5s').group(name);
  for (const round of await claimedRounds(group, page)) {
    const proposals: ProposalJson[] = [];
    if (!json) print(roundLine(round));
    if (!json && round.claim !== undefined) print(`  claim ${claimText(round.claim)}`);
    for await (const one of group.proposals(round.round))
      if (json) proposals.push(one);
      else print(`  ${proposalLine(one)}`);
    if (json) print(JSON.stringify({ ...round, proposals }));
  }
}

/** A proposal as one line: when, who, what, and what else is known of it. */
function proposalLine({ agent, name, time, token, value, abstain, note, changes }: ProposalJson): string {
  const who = name === undefined ? agent : `${agent} (${oneLine(name)})`;
  const what = value !== undefined ? valueText(value) : abstain === true ? '(abstains)' : '(hidden)';
  const times = changes.length === 1 ? 'once' : `${changes.length} times`;
  const more = [
    ...(changes.length > 0 ? [`changed its mind ${times}`] : []),
    ...(token ? [] : ['unchecked']),
    ...(note ? [oneLine(note)] : []),
  ];
  return [time ?? '', who, what, ...more].join('  ');
}
