import type { Command } from 'commander';
import type { Group, GroupJson, Json, ProposalJson, RoundJson } from '../../client/index.ts';
import { parseSettings } from '../../core/rule/settings.ts';
import type { Rule } from '../../core/types.ts';
import { differs, type Judged, judgeAgain, showsAll } from '../../core/view/counterfactual.ts';
import { clientOf, type Globals, jsonObject, whole } from '../arguments.ts';
import { CliError, exit } from '../exit.ts';
import { plain, print, table, valueText } from '../output.ts';
import { withProgress } from '../progress.ts';

interface Options extends Globals {
  readonly rule: { readonly [name: string]: Json };
  readonly limit: number;
}

/** A recorded round, with its outcome under the other rule. */
interface Compared {
  readonly was: RoundJson;
  readonly would: Judged;
  readonly differs: boolean;
}

const page = 1000;

export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description(
      "judge a group's closed rounds by another rule: how many would have ended otherwise, and which",
    )
    .argument('<group>', 'the group')
    .requiredOption('--rule <json>', "what to change in the group's rule", jsonObject)
    .option('--limit <n>', 'at most this many rounds, the newest', whole(1, 1_000_000), page)
    .addHelpText('after', `\nExample:\n  $ quorate replay lunch --rule '{"threshold": "two-thirds"}'`)
    .action(async (name: string, _options, command: Command) => {
      const { rule, limit, json } = command.optsWithGlobals<Options>();
      const group = clientOf(command, '5s').group(name);
      const [recorded, rounds] = await withProgress(
        'asking for the rounds',
        group.show().then(async (shown) => [shown, await closedRounds(group, limit)] as const),
      );
      const other = changed(recorded, rule);
      const compared: Compared[] = [];
      for (const was of rounds) {
        const proposals = showsAll(was) ? null : await allProposals(group, was.round);
        const would = judgeAgain(was, recorded.rule, other, proposals);
        compared.push({ was, would, differs: differs(was, would) });
      }
      if (json) printJson(compared);
      else printTable(compared);
    });
}

/** The newest closed rounds that the server keeps, newest first. */
async function closedRounds(group: Group, most: number): Promise<RoundJson[]> {
  const closed: RoundJson[] = [];
  let before: number | undefined;
  while (closed.length < most) {
    const asked = { limit: page, ...(before === undefined ? {} : { before }) };
    const rounds = await group.rounds(asked);
    closed.push(...rounds.filter(({ state }) => state !== 'WAITING'));
    before = rounds.at(-1)?.round;
    if (rounds.length === 0 || before === 1) break;
  }
  return closed.slice(0, most);
}

async function allProposals(group: Group, round: number): Promise<ProposalJson[]> {
  const all: ProposalJson[] = [];
  for await (const one of group.proposals(round)) all.push(one);
  return all;
}

function changed({ preset, rule }: GroupJson, change: Options['rule']): Rule {
  const parsed = parseSettings({ preset, rule: { ...rule, ...change } as unknown as Json });
  if (parsed.ok) return parsed.settings.rule;
  const complaints = parsed.complaints.map(({ field, fix }) => `${field}: ${fix}`);
  throw new CliError('The rule cannot be used', complaints.join('; '), exit.usage);
}

function printJson(compared: readonly Compared[]): void {
  for (const { was, would, differs } of compared) {
    const { round, state, reason, value } = was;
    print(JSON.stringify({ round, was: { state, reason, value }, would, differs }));
  }
  print(JSON.stringify(counts(compared)));
}

function printTable(compared: readonly Compared[]): void {
  const rows = compared
    .filter(({ would, differs }) => would.state === null || differs)
    .map(({ was, would }) => [
      String(was.round),
      ending(was.state, was.reason ?? '', was.value),
      would.state === null ? `unknown: ${would.reason}` : ending(would.state, would.reason, would.value),
    ]);
  if (rows.length > 0) print(table([['ROUND', 'WAS', 'WOULD BE'], ...rows]));
  const { rounds, differ, unknown } = counts(compared);
  print(`${rounds} rounds, ${differ} would have ended otherwise, ${unknown} unknown`);
}

function counts(compared: readonly Compared[]) {
  return {
    rounds: compared.length,
    differ: compared.filter(({ differs }) => differs).length,
    unknown: compared.filter(({ would }) => would.state === null).length,
  };
}

function ending(state: string, reason: string, value: Json): string {
  return state === 'SUCCESS' ? `${state} ${valueText(value)}` : `${state} ${plain(reason)}`;
}
