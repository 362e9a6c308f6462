import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { registerAgent } from './agent.ts';
import { registerClient } from './client.ts';
import { registerDemo } from './demo.ts';
import { codeFor, complain, type End, exit, exitCodesHelp } from './exit.ts';
import { registerGroup } from './group.ts';
import { registerPropose } from './propose.ts';
import { registerRounds } from './rounds.ts';
import { registerServer } from './server.ts';
import { registerWatch } from './watch.ts';

/** Runs one command line and gives its exit code; never throws. Signals end the process by themselves. */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = exit.agreed;
  const program = quorate((ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.agreed : exit.usage;
    complain(error, args.includes('--json'));
    return codeFor(error);
  }
}

function quorate(end: End): Command {
  const program = new Command('quorate');
  program
    .description(
      'Group agreement over plain HTTP: agents propose, one rule decides, rounds repeat until enough agree.',
    )
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'explain the command')
    .helpCommand(false)
    .addOption(
      new Option('--url <url>', 'the server; several of one deployment are separated by commas')
        .env('QUORATE_URL')
        .default('http://127.0.0.1:5000'),
    )
    .option('--json', 'print JSON, one object a line', false)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(--help explains the command)')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\n${exitCodesHelp}\n\nExample:\n  $ quorate demo`);
  registerServer(program, end);
  registerDemo(program, end);
  registerClient(program);
  registerAgent(program, end);
  registerPropose(program, end);
  registerRounds(program);
  registerWatch(program);
  registerGroup(program);
  return program;
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
