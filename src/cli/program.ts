import { Command, CommanderError } from 'commander';
import { packageVersion } from '../version.ts';
import { registerCompletion } from './completion.ts';
import { registerDemo } from './demo/demo.ts';
import { CliError, codeFor, complain, type End, exit, exitCodesHelp } from './exit.ts';
import { registerGate } from './gate/gate.ts';
import { registerAgents } from './groups/agents.ts';
import { registerExtend } from './groups/extend.ts';
import { registerGroup } from './groups/group.ts';
import { registerInvite } from './groups/invite.ts';
import { registerClose, registerOpen, registerRounds } from './groups/rounds.ts';
import { registerWait } from './groups/wait.ts';
import { registerWaive } from './groups/waive.ts';
import { registerEvents, registerWatch } from './groups/watch.ts';
import { registerCheck } from './log/check.ts';
import { registerExport, registerRestore, registerVerify } from './log/offline.ts';
import { registerReplay } from './log/replay.ts';
import { registerListen } from './messages/listen.ts';
import { registerSay } from './messages/say.ts';
import { registerView } from './messages/view.ts';
import { registerDoctor } from './server/doctor.ts';
import { registerServer } from './server/server.ts';
import { configure } from './settings/config.ts';
import { registerConfig } from './settings/config-print.ts';
import { addSettings } from './settings/settings.ts';
import { registerAgent } from './take-part/agent.ts';
import { registerClient } from './take-part/client.ts';
import { registerJoin, registerLeave } from './take-part/join.ts';
import { registerMcp } from './take-part/mcp.ts';
import { registerPanel } from './take-part/panel.ts';
import { registerPropose } from './take-part/propose.ts';
import { registerWebhook } from './webhooks/webhook.ts';

/** Runs one command line and returns its exit code; never throws. Signals end the process by themselves. */
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
    // What stands behind -- is for another program.
    complain(error, args.slice(0, args.indexOf('--') >>> 0).includes('--json'));
    return codeFor(error);
  }
}

/** Throws a CliError for text that is not UTF-8. Node reads such bytes as U+FFFD, so different texts would become equal. */
function refuseBrokenText(args: readonly string[]): void {
  const broken = args.findIndex((arg) => arg.includes('\ufffd'));
  const variable = Object.keys(process.env).find(
    (name) => name.startsWith('QUORATE_') && process.env[name]?.includes('\ufffd'),
  );
  if (broken < 0 && variable === undefined) return;
  // The text itself is not shown: it may be a secret.
  throw new CliError(
    `${broken < 0 ? `The variable ${variable}` : `Argument ${broken + 1} of the command line`} is not UTF-8`,
    'write it in UTF-8; if you mean the character U+FFFD in a value, write it as "\\ufffd"',
    exit.usage,
  );
}

/** The command line with all its commands. Nothing is read or done before it is parsed. */
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
  registerPanel(program, end);
  registerMcp(program);
  registerGroup(program);
  registerPropose(program, end);
  registerOpen(program);
  registerClose(program, end);
  registerExtend(program);
  registerWaive(program);
  registerInvite(program);
  registerWait(program, end);
  registerGate(program, end);
  registerWebhook(program);
  registerRounds(program);
  registerJoin(program);
  registerLeave(program);
  registerAgents(program);
  registerSay(program, end);
  registerListen(program);
  registerView(program);
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
