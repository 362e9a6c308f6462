import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { Debate, endOf } from '../../agents/debate.ts';
import { exec, type RoundEnd, shortened } from '../../agents/exec.ts';
import { type Answer, type PanelOptions, panelRound } from '../../agents/panel.ts';
import type { Pick } from '../../agents/pick.ts';
import { hasCode } from '../../client/errors.ts';
import type { Duration, Group, GroupJson, GroupSettings, Json } from '../../client/index.ts';
import { countdown, systemClock, toMs } from '../../client/time.ts';
import { areEqual, clientOf, type Globals } from '../arguments.ts';
import { CliError, exit } from '../exit.ts';
import { chosen, type RuleMember } from '../groups/rule-options.ts';
import { note, plain, roundLine, valueText } from '../output.ts';
import { Answers, noOptions } from './answers.ts';

export interface Member {
  readonly agent: string;
  readonly command: string;
}

export interface Options extends Globals, Partial<Record<RuleMember, Json>> {
  readonly member: readonly Member[];
  readonly preset: string;
  readonly rule?: { readonly [name: string]: Json };
  readonly pick?: Pick;
  readonly askFirst?: number;
  readonly debate?: number;
  readonly names?: true;
  readonly cancel?: true;
  readonly memberTimeout: Duration;
  readonly timeout: Duration;
  readonly group?: string;
  readonly keepIdle: Duration;
}

/** What most panels say about their rule; --rule says the rest. */
export const ruleMembers: readonly RuleMember[] = ['options', 'threshold', 'equality', 'decide'];

const longestTitle = 200;
// Bytes of a value that fits into a message together with any note, every character of which may take six bytes.
const mostSaid = 4096;
// Members may cost money each time they are asked, and some never agree.
const mostRounds = 10;

/** Makes the group and has its rounds decided until one agrees, no other follows, or a debate moves nobody any more. */
export async function ask(command: Command, question: string, options: Options, signal: AbortSignal) {
  const left = countdown(systemClock, options.timeout);
  const { group: name, rule } = await prepared(command, question, options);
  note(`group ${name}, ${options.member.length} members`);
  const group = clientOf(command, '60s').group(name);
  const debate = options.debate === undefined ? null : await debateOf(group, options, signal);
  try {
    const panel = panelOf(group, question, options, debate, left, signal);
    const most = options.debate ?? (rule.next === 'until-success' ? mostRounds : 1);
    const calls = { members: options.member.length, asked: 0, stopped: 0, saved: 0 };
    let opened = await group.open({ signal });
    let last: RoundEnd | null = null;
    for (let rounds = 1; ; rounds += 1) {
      const { round, answers } = await panelRound(panel, opened.round, last);
      for (const { did } of answers) {
        calls[did === 'not-asked' ? 'saved' : 'asked'] += 1;
        if (did === 'stopped') calls.stopped += 1;
      }
      note(roundLine(round, process.stderr));
      if (round.state !== 'WAITING') await debate?.say(round, answers);
      const next = round.state === 'FAILED' && rounds < most ? await nextRound(group, debate, signal) : null;
      if (next === null) {
        note(`${calls.saved} of ${calls.asked + calls.saved} calls saved, ${calls.stopped} stopped`);
        const report = { ...round, title: question, members: answers, calls };
        return { round, report: debate === null ? report : { ...report, debate: { rounds, most } } };
      }
      last = debate === null ? round : endOf(round);
      opened = next;
    }
  } finally {
    await debate?.end();
  }
}

/** The next round, which a debate opens where it does not open by itself; null when none follows. */
async function nextRound(group: Group, debate: Debate | null, signal: AbortSignal) {
  if (debate?.isOver) {
    note('nobody has changed what they say: the debate is over');
    return null;
  }
  const { status, round } = await group.show({ signal });
  if (status === 'open') return group.round('open', { signal });
  return status === 'idle' && debate !== null ? group.open({ round: round + 1, signal }) : null;
}

/** Makes the group, with the question as its title; a group that exists with these very settings is asked once more. */
async function prepared(command: Command, question: string, options: Options): Promise<GroupJson> {
  const { member, preset, debate, group: named, keepIdle } = options;
  const name = named ?? `panel-${randomBytes(5).toString('hex')}`;
  const group = clientOf(command, '5s').group(name);
  const title = shortened(question, longestTitle);
  const electorate = { agents: member.map(({ agent }) => agent) };
  const retention = { idle: keepIdle };
  // A round that has failed before all have answered would be a debate that does not hear them.
  const close = debate === undefined ? {} : { close: 'all' };
  const rule = { electorate, ...close, ...options.rule, ...chosen(options, ruleMembers) };
  const settings = { preset, title, rule, admission: 'open', retention };
  let shown: GroupJson;
  try {
    shown = await group.create(settings as unknown as GroupSettings, { ifRevision: 0 });
  } catch (error) {
    if (!hasCode(error, 'revision-mismatch')) throw error;
    const fix = 'choose another --group, or leave it out';
    throw new CliError(`Group ${name} exists with other settings`, fix, exit.failed);
  }
  const unfit = whyUnfit(shown.rule, options);
  if (unfit === null) return shown;
  if (named === undefined) await group.delete();
  throw unfit;
}

/** Why members cannot answer, or not debate, under this rule. */
function whyUnfit(rule: GroupJson['rule'], { pick, debate }: Options): CliError | null {
  if (pick === 'option' && rule.options === null) return noOptions();
  if (debate === undefined) return null;
  if (rule.reveal === 'never') {
    const fix = 'leave out --debate, or let the rule reveal proposals when a round closes: "reveal": "close"';
    return new CliError('Members cannot hear what is never revealed', fix, exit.usage);
  }
  if (rule.valueBytes <= mostSaid) return null;
  const fix = `leave out --debate, or choose "valueBytes": ${mostSaid}`;
  return new CliError('A value of so many bytes and its note do not fit into a message', fix, exit.usage);
}

async function debateOf(group: Group, { member, names }: Options, signal: AbortSignal): Promise<Debate> {
  const agents = member.map(({ agent }) => agent);
  return Debate.join({ group, agents, withNames: names === true, isSame: areEqual, signal });
}

function panelOf(
  group: Group,
  question: string,
  { member, pick, askFirst, cancel, memberTimeout }: Options,
  debate: Debate | null,
  left: () => number,
  signal: AbortSignal,
): PanelOptions {
  const answers = new Answers(group, pick);
  // The title may be shorter than the question.
  const about = async (round: number) => ({ ...(await answers.about(round)), title: question });
  const timeout = toMs(memberTimeout);
  const { read } = answers;
  const members = member.map(({ agent, command }) => {
    const messages = async () => debate?.heardBy(agent) ?? [];
    const what = { command, timeout, group: group.name, agent };
    const program = exec({ ...what, about, messages, read, onFailure: () => {} });
    return { agent, group: debate?.groupOf(agent) ?? group, program };
  });
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
