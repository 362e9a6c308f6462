import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import type { Duration, Json } from '../../client/index.ts';
import { toMs } from '../../client/time.ts';
import { clientOf, duration, type Globals, notEmpty, valueOrText, whole } from '../arguments.ts';
import { type End, exit } from '../exit.ts';
import { interruptible } from '../interrupt.ts';
import { note, oneLine, print, roundLine } from '../output.ts';
import { type Argv, findProgram } from './command.ts';
import { type Handle, handleText, readHandle } from './handle.ts';
import type { GateEnd, How } from './how.ts';
import { Pass } from './pass.ts';
import { claimLine, exitCodeIn } from './result.ts';

interface Options extends Globals {
  readonly round?: number;
  readonly subject?: string;
  readonly expect?: Json;
  readonly timeout: Duration;
  readonly wait: boolean;
  readonly resume?: string;
  readonly lease: Duration;
  readonly grace: Duration;
  readonly onFailure: How['onFailure'];
}

const leastLeaseMs = 1000;
const mostLeaseMs = 86_400_000;

const more = `
It waits for the group's decision as quorate wait does. Then one of all gates that wait for it runs the command, while the
others wait for what comes of it; all end alike. When a gate is killed, another runs the command once its lease is over.

The command finds in its environment QUORATE_FENCE, a number that grows from run to run, QUORATE_GROUP, QUORATE_ROUND,
QUORATE_STATE, QUORATE_VALUE (JSON), QUORATE_SUBJECT and QUORATE_HOLDER. What it acts on must refuse a lower fence than the
highest that it has seen: docs/gates.md. It is stopped, with all it has started, before its lease can be over, and when the
gate is: SIGTERM, then SIGKILL after --grace.

It ends with 0 when the command, here or elsewhere, has ended with 0; with 1 when it failed, or the decision is not the one that
is meant, or no longer stands; with 3 when there is no result in time. A failed command has spent the decision, too; with
--on-failure release the next gate runs it again. --no-wait and a passed --timeout print a handle: --resume goes on with it.

Examples:
  $ quorate gate deploy --expect approve --subject 4f2c1d --timeout 1h -- ./deploy.sh
  $ quorate gate deploy --expect approve --no-wait --json -- ./deploy.sh
  $ quorate gate --resume "$HANDLE" -- ./deploy.sh`;

export function registerGate(program: Command, end: End): void {
  program
    .command('gate')
    .usage('<group> [options] -- <command> [arguments]')
    .description("wait for a group's decision and run a command for it, once on all machines")
    .argument('[group]', 'the group; none with --resume')
    .argument('[command...]', 'what to run, behind --')
    .option('--round <n>', 'this round and no other', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--expect <value>', 'act on this decision only: JSON, or a word', valueOrText)
    .option('--subject <hash>', 'act only on a decision on this subject', notEmpty)
    .option(
      '--timeout <duration>',
      'give up waiting after this long; the command has any time',
      duration,
      '10m',
    )
    .option('--no-wait', 'wait neither for the decision nor for another who acts on it')
    .addOption(
      new Option('--resume <handle>', 'go on with what an earlier run has printed').conflicts([
        'round',
        'expect',
        'subject',
      ]),
    )
    .option(
      '--lease <duration>',
      'how long a gate that died keeps others from acting: 1s to 1d',
      duration,
      '1m',
    )
    .option('--grace <duration>', 'from SIGTERM to SIGKILL; at most a quarter of the lease', duration, '10s')
    .addOption(
      new Option('--on-failure <what>', 'when the command fails: the decision is spent, or free for the next')
        .choices(['done', 'release'])
        .default('done'),
    )
    .addHelpText('after', more)
    .action(async (_group, _command, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { meant, argv } = readArguments(command, options);
      const how: How = {
        command: argv,
        timeout: options.wait ? toMs(options.timeout) : 0,
        lease: toMs(options.lease),
        grace: toMs(options.grace),
        onFailure: options.onFailure,
        stdout: options.json ? 2 : 'inherit',
      };
      if (how.lease < leastLeaseMs || how.lease > mostLeaseMs)
        command.error('error: --lease must be from 1s to 1d', { exitCode: exit.usage });
      findProgram(argv);
      const reads = clientOf(command, how.timeout).group(meant.group);
      const claims = clientOf(command, Number.POSITIVE_INFINITY).group(meant.group);
      end(
        report(
          await interruptible((signal) => new Pass({ claims, reads }, meant, how, signal).end()),
          meant,
          options.json,
        ),
      );
    });
}

/** What is meant, and the command, which stands behind --: else a group that is not there, or one too many, would be run. */
function readArguments(command: Command, options: Options): { meant: Handle; argv: Argv } {
  const wrong = (what: string): never => command.error(`error: ${what}`, { exitCode: exit.usage });
  const resumed = options.resume === undefined ? null : readHandle(options.resume);
  if (resumed === undefined)
    return wrong('--resume must be the handle that quorate gate has printed, as a whole');
  const behind = argumentsBehind(command);
  const [group = resumed?.group, ...more] = command.args.slice(0, command.args.length - behind.length);
  const [program, ...args] = behind;
  if (program === undefined)
    return wrong("what to run is missing: give it behind --, as in '-- ./deploy.sh'");
  if (group === undefined) return wrong("missing required argument 'group', before --");
  if (more.length > 0)
    return wrong(`what to run stands behind --, and '${oneLine(String(more[0]))}' before it`);
  if (resumed !== null && command.args.length > behind.length)
    return wrong("--resume knows the group: give only what to run, as in '-- ./deploy.sh'");
  const { round = null, expect, subject = null } = options;
  const fresh = { group, round, only: round !== null, subject, id: randomBytes(6).toString('base64url') };
  const meant = resumed ?? { ...fresh, ...(expect !== undefined && { expect }) };
  return { meant, argv: [program, ...args] };
}

/** The arguments behind the first --. commander leaves it out of `args`, and keeps the whole line, which its types do not say. */
function argumentsBehind({ parent }: Command): readonly string[] {
  const { rawArgs } = parent as Command & { readonly rawArgs: readonly string[] };
  const at = rawArgs.indexOf('--');
  return at < 0 ? [] : rawArgs.slice(at + 1);
}

/** Says how the gate has ended, and returns the exit code. */
function report(ended: GateEnd, meant: Handle, json: boolean): number {
  const { round } = ended;
  const claim = 'claim' in ended ? ended.claim : null;
  const handle =
    ended.state === 'waiting' ? handleText({ ...meant, round: round?.round ?? meant.round }) : null;
  const exitCode = ended.state === 'done' ? exitCodeIn(ended.claim.result) : null;
  if (json) {
    // Null where nobody has acted.
    const here = ended.state === 'done' ? ended.here : ended.state === 'released' || null;
    const code = ended.state === 'released' ? ended.exitCode : exitCode;
    print(JSON.stringify({ ...ended, here, exitCode: code, handle, claim }));
  }
  switch (ended.state) {
    case 'waiting':
      if (claim !== null) note(oneLine(`round ${claim.round}  ${claim.holder} acts on it`));
      else if (round !== null) note(roundLine(round, process.stderr));
      if (!json) print(handle as string);
      return exit.undecided;
    case 'refused':
      note(roundLine(ended.round, process.stderr));
      note(ended.why);
      return exit.failed;
    case 'released':
      note(
        `round ${ended.round.round}  the command ended with exit code ${ended.exitCode}; another may run it`,
      );
      return exit.failed;
    case 'done':
      note(claimLine(ended.claim));
      return exitCode === 0 ? exit.agreed : exit.failed;
  }
}
