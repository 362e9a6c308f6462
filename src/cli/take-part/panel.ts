import { randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { exec, shortened } from '../../agents/exec.ts';
import { type Answer, type PanelOptions, panelRound } from '../../agents/panel.ts';
import type { Pick } from '../../agents/pick.ts';
import { hasCode } from '../../client/errors.ts';
import type { Duration, Group, GroupJson, GroupSettings, Json, RoundJson } from '../../client/index.ts';
import { countdown, systemClock, toMs } from '../../client/time.ts';
import { clientOf, duration, type Globals, jsonObject, whole } from '../arguments.ts';
import { CliError, codeOf, type End, exit } from '../exit.ts';
import { chosen, presetOption, type RuleMember, ruleOptions } from '../groups/rule-options.ts';
import { interruptible } from '../interrupt.ts';
import { note, plain, print, roundLine, valueText } from '../output.ts';
import { Answers, aboutPicking, noOptions, pickOption } from './answers.ts';

interface Member {
  readonly agent: string;
  readonly command: string;
}

interface Options extends Globals, Partial<Record<RuleMember, Json>> {
  readonly member: readonly Member[];
  readonly preset: string;
  readonly rule?: { readonly [name: string]: Json };
  readonly pick?: Pick;
  readonly askFirst?: number;
  readonly cancel?: true;
  readonly memberTimeout: Duration;
  readonly timeout: Duration;
  readonly group?: string;
  readonly keepIdle: Duration;
}

const longestTitle = 200;
const mostMembers = 1000;
// Members may cost money each time they are asked, and some never agree.
const mostRounds = 10;

const more = `
Each member is a command. It reads {"group", "agent", "round", "title", "options", "last"} as one line of JSON from its
standard input, with the question in "title", the options of the round (null where any value may be proposed), and the
last round and its tally in "last" (null at first), and writes its answer. A member that ends with another exit code than
0, that writes nothing, or nothing that can be read, or has not ended after --member-timeout abstains with that reason.
${aboutPicking}

The decision is printed as JSON on standard output; with --json the whole round, with every answer, its note, and the
calls that were saved. Everything else is said on standard error.
Where the rule says next: until-success, members are asked again, and told of the last round, at most 10 times.
The group stays for --keep-idle, so that its rounds can be read and judged by another rule.

Example:
  $ quorate panel "How many files changed?" --member 'a=./ask-a.sh' --member 'b=./ask-b.sh' --pick number
  $ quorate panel "Safe?" --member 'a=./a.sh' --member 'b=./b.sh' --options yes,no --pick option`;

// What most panels say about their rule; --rule says the rest.
const ruleMembers: readonly RuleMember[] = ['options', 'threshold', 'equality', 'decide'];

export function registerPanel(program: Command, end: End): void {
  const ofRule = ruleOptions();
  const panel = program
    .command('panel')
    .description('put a question to several programs or models, and print what they decide')
    .argument('<question>', 'what they are asked: the title of the group that is made for it')
    .requiredOption(
      '--member <name=command>',
      'a member, and the command that answers for it; again for each',
      member,
    )
    .addOption(presetOption().default('panel'));
  for (const name of ruleMembers) panel.addOption(ofRule[name]);
  panel
    .option('--rule <json>', 'the rule or parts of it as JSON; the options above come before it', jsonObject)
    .addOption(pickOption())
    .option(
      '--ask-first <n>',
      'ask so many first, and one more at a time while nothing is decided',
      whole(1, mostMembers),
    )
    .option('--cancel', 'end members that still run once the round is decided; otherwise they are waited for')
    .option('--member-timeout <duration>', 'how long a member may take', duration, '60s')
    .option('--timeout <duration>', 'give up after this long', duration, '10m')
    .option('--group <name>', 'the name of the group (default: panel- and a random text)')
    .option('--keep-idle <duration>', 'remove the group once nobody has used it for so long', duration, '7d')
    .addHelpText('after', more)
    .action(async (question: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (question.trim() === '') command.error('error: the question is empty');
      const asked = await interruptible((signal) => ask(command, question, options, signal));
      if (options.json) print(JSON.stringify(asked.report));
      else if (asked.round.state === 'SUCCESS') print(JSON.stringify(asked.round.value));
      end(codeOf(asked.round));
    });
}

/** Makes the group and has its rounds decided until one agrees, or no other follows by itself. */
async function ask(command: Command, question: string, options: Options, signal: AbortSignal) {
  const left = countdown(systemClock, options.timeout);
  const { group: name, rule } = await prepared(command, question, options);
  note(`group ${name}, ${options.member.length} members`);
  const group = clientOf(command, '60s').group(name);
  const panel = panelOf(group, question, options, left, signal);
  let round = await group.open({ signal });
  let answers: readonly Answer[];
  let last: RoundJson | null = null;
  const calls = { members: options.member.length, asked: 0, stopped: 0, saved: 0 };
  for (let left = mostRounds; ; left -= 1) {
    ({ round, answers } = await panelRound(panel, round.round, last));
    for (const { did } of answers) {
      calls[did === 'not-asked' ? 'saved' : 'asked'] += 1;
      if (did === 'stopped') calls.stopped += 1;
    }
    note(roundLine(round, process.stderr));
    if (round.state !== 'FAILED' || rule.next !== 'until-success' || left === 1) break;
    if ((await group.show({ signal })).status !== 'open') break;
    last = round;
    round = await group.round('open', { signal });
  }
  note(`${calls.saved} of ${calls.asked + calls.saved} calls saved, ${calls.stopped} stopped`);
  return { round, report: { ...round, title: question, members: answers, calls } };
}

/** Makes the group, with the question as its title; a group that exists with these very settings is asked once more. */
async function prepared(command: Command, question: string, options: Options): Promise<GroupJson> {
  const { member, preset, pick, group: named, keepIdle } = options;
  const name = named ?? `panel-${randomBytes(5).toString('hex')}`;
  const group = clientOf(command, '5s').group(name);
  const title = shortened(question, longestTitle);
  const electorate = { agents: member.map(({ agent }) => agent) };
  const retention = { idle: keepIdle };
  const rule = { electorate, ...options.rule, ...chosen(options, ruleMembers) };
  const settings = { preset, title, rule, admission: 'open', retention };
  try {
    const shown = await group.create(settings as unknown as GroupSettings, { ifRevision: 0 });
    if (pick !== 'option' || shown.rule.options !== null) return shown;
  } catch (error) {
    if (!hasCode(error, 'revision-mismatch')) throw error;
    const fix = 'choose another --group, or leave it out';
    throw new CliError(`Group ${name} exists with other settings`, fix, exit.failed);
  }
  if (named === undefined) await group.delete();
  throw noOptions();
}

/** One more member. */
function member(text: string, before: readonly Member[] = []): readonly Member[] {
  const [, agent = '', command = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(agent) || command.trim() === '')
    throw new InvalidArgumentError(
      "Write a name (a-z, 0-9 and . _ -) and its command, as in 'ann=./ask-ann.sh'.",
    );
  if (before.some((one) => one.agent === agent))
    throw new InvalidArgumentError(`There is a member ${agent} already: give each its own name.`);
  return [...before, { agent, command }];
}

function panelOf(
  group: Group,
  question: string,
  { member, pick, askFirst, cancel, memberTimeout }: Options,
  left: () => number,
  signal: AbortSignal,
): PanelOptions {
  const answers = new Answers(group, pick);
  // The title may be shorter than the question.
  const about = async (round: number) => ({ ...(await answers.about(round)), title: question });
  const timeout = toMs(memberTimeout);
  const { read } = answers;
  const members = member.map(({ agent, command }) => ({
    agent,
    program: exec({ command, timeout, group: group.name, agent, about, read, onFailure: () => {} }),
  }));
  return {
    group,
    members,
    askFirst,
    cancel: cancel === true,
    left,
    signal,
    onAnswer: (answer) => note(answerText(answer)),
  };
}

function answerText({ agent, did, value, note: said }: Answer): string {
  if (did === 'proposed') return `${agent}: ${valueText(value as Json)}`;
  const words = {
    abstained: 'abstains',
    stopped: 'stopped',
    'not-counted': 'not counted',
    'not-asked': 'not asked',
  };
  return `${agent}: ${words[did]}${said === undefined ? '' : `: ${plain(said)}`}`;
}
