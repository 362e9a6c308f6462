import { type Command, InvalidArgumentError } from 'commander';
import { isGone } from '../../client/cursor.ts';
import {
  type Duration,
  type Group,
  QuorateError,
  type SaidJson,
  type SayOptions,
} from '../../client/index.ts';
import { caOf, clientOf, duration, names, readJson, whole } from '../arguments.ts';
import { CliError, complainOfLine, type End, exit, explain } from '../exit.ts';
import { print } from '../output.ts';
import { withProgress } from '../progress.ts';
import { Recorder } from '../recorder.ts';
import { linesOf } from '../text-file.ts';
import { aboutMembers, joinAs, type MemberOptions, memberCommand, refuseMemberOptions } from './as-member.ts';

interface Options extends MemberOptions {
  readonly text?: true;
  readonly to?: readonly string[];
  readonly replyTo?: number;
  readonly round?: number;
  readonly inView?: number;
  readonly ackBy?: SayOptions['ackBy'];
  readonly wait?: Duration;
}

type Speaker = Pick<Group, 'say'>;

const more = `
What is no JSON is said as a text. Without a body every line of standard input is a message, in this order; empty lines are skipped.
${aboutMembers}

The member stays in the group for its --ttl. A member acknowledges a message when it has handled it: quorate listen --as does so
for what it has printed, and its sender has acknowledged it already.
With --ack-by and --wait it ends with 0 when enough have acknowledged what was said, with 1 when they never will, and with 3
when that is open in the end. A line that is refused does not stop the others, and it ends with 1.

Examples:
  $ quorate say lunch 'Pizza?' --as ann
  $ quorate say lunch '{"at": "12:30"}' --as ann --to bob,cy --reply-to 12 --ack-by all --wait 10s
  $ quorate say lunch 'Only to who is here now' --as ann --in-view 12
  $ quorate say lunch --as bob < lines.txt`;

const largest = Number.MAX_SAFE_INTEGER;

export function registerSay(program: Command, end: End): void {
  memberCommand(
    program
      .command('say')
      .description('say something to a group, or what a pipe brings line by line')
      .argument('<group>', 'the group')
      .argument('[body]', 'what to say: JSON, or a text')
      .option('--as <agent>', 'the member who says it (default: whose token it is)'),
  )
    .option('--text', 'say it as a text, also what is JSON')
    .option('--to <names>', 'only to these members: ann,bob', names)
    .option('--reply-to <offset>', 'the message that it answers', whole(1, largest))
    .option('--round <n>', 'the round that it is about', whole(1, largest))
    .option('--in-view <view>', 'only if nobody has come or gone since this view', whole(1, largest))
    .option('--ack-by <n>', 'how many must acknowledge it: a number, majority or all', ackBy)
    .option('--wait <duration>', 'with --ack-by: wait this long for them', duration)
    .addHelpText('after', more)
    .action(async (group: string, body: string | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (options.wait !== undefined && options.ackBy === undefined)
        command.error('error: --wait waits for those who acknowledge: name how many with --ack-by');
      const speaker = await speakerOf(command, group, options);
      const codes = new Set<number>();
      if (body !== undefined) codes.add(await say(speaker, body, options));
      else for await (const code of sayLines(speaker, options)) codes.add(code);
      end([exit.failed, exit.undecided].find((code) => codes.has(code)) ?? exit.agreed);
    });
}

/** The member of --as or, without it, whoever has the token. */
async function speakerOf(command: Command, group: string, options: Options): Promise<Speaker> {
  const recording = new Recorder(options.as, options.record).connecting(caOf(options));
  if (options.as !== undefined) return withProgress('joining', joinAs(command, group, options.as, recording));
  if (options.token === undefined && options.tokenFile === undefined)
    command.error('error: name the member who says it with --as, or give its token');
  refuseMemberOptions(command);
  return clientOf(command, '60s', recording).group(group);
}

/** Says it, prints where it stands in the stream, and gives the exit code for it. */
async function say(
  speaker: Speaker,
  body: string,
  { text, to, replyTo, round, inView, ackBy, wait, json }: Options,
): Promise<number> {
  const value = text === true ? body : (readJson(body) ?? body);
  const saying = speaker.say(value, { to, replyTo, round, inView, ackBy, wait });
  const doing = wait === undefined ? 'saying it' : 'waiting for those who acknowledge it';
  const said = await withProgress(doing, saying);
  print(json ? JSON.stringify(said) : saidLine(said));
  if (said.stability === 'impossible') return exit.failed;
  return said.stability === 'pending' && wait !== undefined ? exit.undecided : exit.agreed;
}

/** Says every line of standard input, and gives the exit code for each. */
async function* sayLines(speaker: Speaker, options: Options): AsyncGenerator<number, void, void> {
  let number = 0;
  for await (const line of linesOf(0)) {
    number += 1;
    if (line?.trim() === '') continue;
    try {
      if (line === null) throw new CliError('The line is not UTF-8', 'save it as UTF-8');
      yield await say(speaker, line, options);
    } catch (error) {
      if (!isOfOne(error)) throw error;
      const code = error instanceof QuorateError ? error.code : 'error';
      complainOfLine(number, { ...explain(error), code }, options.json);
      yield exit.failed;
    }
  }
}

/** Whether the error is about one message, and others may be taken. */
function isOfOne(error: unknown): boolean {
  if (error instanceof CliError) return true;
  if (!(error instanceof QuorateError) || ofAll.includes(error.code)) return false;
  return error.status >= 400 && error.status < 500 && !isGone(error);
}

const ofAll: readonly string[] = ['history-changed', 'version-not-active'];

/** Its offset first, so that a reply can name it. */
function saidLine({ offset, view, stability, acknowledgements }: SaidJson): string {
  const place = `${offset}  said in view ${view}`;
  if (!stability || !acknowledgements) return place;
  const { acknowledged, recipients, waiting, gone } = acknowledgements;
  const rest = [
    ...(stability === 'pending' && waiting.count > 0 ? [`waiting for ${someOf(waiting)}`] : []),
    ...(gone.count > 0 ? [`gone: ${someOf(gone)}`] : []),
  ];
  return [`${place}, ${stability}: acknowledged by ${acknowledged.count} of ${recipients}`, ...rest].join(
    ', ',
  );
}

const mostNames = 5;

function someOf({ count, agents }: { readonly count: number; readonly agents: readonly string[] }): string {
  const some = agents.slice(0, mostNames).join(', ');
  return count > mostNames ? `${some} and ${count - mostNames} more` : some;
}

function ackBy(text: string): NonNullable<SayOptions['ackBy']> {
  if (text === 'majority' || text === 'all') return text;
  if (/^[1-9][0-9]*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number from 1, majority or all.');
}
