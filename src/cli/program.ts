import { Command, CommanderError } from 'commander';
import { packageVersion } from '../version.ts';
import { registerAgent } from './agent.ts';
import { registerAgents } from './agents.ts';
import { registerCheck } from './check.ts';
import { registerClient } from './client.ts';
import { registerClose } from './close.ts';
import { registerCompletion } from './completion.ts';
import { configure } from './config.ts';
import { registerConfig } from './config-print.ts';
import { registerDemo } from './demo.ts';
import { registerDoctor } from './doctor.ts';
import { registerEvents } from './events.ts';
import { CliError, codeFor, complain, type End, exit, exitCodesHelp } from './exit.ts';
import { registerGroup } from './group.ts';
import { registerJoin } from './join.ts';
import { registerLeave } from './leave.ts';
import { registerExport, registerRestore, registerVerify } from './offline.ts';
import { registerOpen } from './open.ts';
import { registerPropose } from './propose.ts';
import { registerReplay } from './replay.ts';
import { registerRounds } from './rounds.ts';
import { registerServer } from './server.ts';
import { addSettings } from './settings.ts';
import { registerWatch } from './watch.ts';

/** Runs one command line and gives its exit code; never throws. Signals end the process by themselves. */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = exit.agreed;
  const program = quorate((ended) => {
    code = ended;
  });
  try {
    refuseBrokenText(args);
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.agreed : exit.usage;
    complain(error, args.includes('--json'));
    return codeFor(error);
  }
}

/** Node reads bytes that are not UTF-8 as U+FFFD: different ones would become the same text. */
function refuseBrokenText(args: readonly string[]): void {
  const broken = args.findIndex((arg) => arg.includes('\ufffd'));
  const variable = Object.keys(process.env).find(
    (name) => name.startsWith('QUORATE_') && process.env[name]?.includes('\ufffd'),
  );
  if (broken < 0 && variable === undefined) return;
  // Not the text itself: it may be a secret.
  throw new CliError(
    `${broken < 0 ? `The variable ${variable}` : `Argument ${broken + 1} of the command line`} is not UTF-8`,
    'write it in UTF-8; if you mean the character U+FFFD in a value, write it as "\\ufffd"',
    exit.usage,
  );
}

/** The command line as it is; nothing is read or done before it parses. */
export function quorate(end: End): Command {
  const program = new Command('quorate');
  program
    .description(
      'Group agreement over plain HTTP: agents propose, one rule decides, rounds repeat until enough agree.',
    )
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'explain the command')
    .helpCommand(false)
    .option('--json', 'print JSON, one object a line', false)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(--help explains the command)')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\nExample:\n  $ quorate demo')
    .addHelpText('afterAll', `\n${exitCodesHelp}`)
    .hook('preAction', (_program, command) => configure(program, command));
  addSettings(program, '');
  registerServer(program, end);
  registerDemo(program, end);
  registerClient(program);
  registerAgent(program, end);
  registerGroup(program);
  registerPropose(program, end);
  registerOpen(program);
  registerClose(program);
  registerRounds(program);
  registerJoin(program);
  registerLeave(program);
  registerAgents(program);
  registerWatch(program);
  registerEvents(program);
  registerCheck(program, end);
  registerReplay(program);
  registerVerify(program, end);
  registerDoctor(program, end);
  registerExport(program, end);
  registerRestore(program, end);
  registerConfig(program);
  registerCompletion(program);
  return program;
}
