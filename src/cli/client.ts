import type { Command } from 'commander';
import { random } from '../agents/random.ts';
import { classroom } from '../client/index.ts';
import { type Globals, reporter, urlsOf, whole } from './arguments.ts';
import { print, stateText } from './output.ts';

const widest = Number.MAX_SAFE_INTEGER;

export function registerClient(program: Command): void {
  program
    .command('client')
    .description("the classroom's client: draws numbers until the group agrees; may start before the server")
    .argument('<id>', "this client's id, different from the others'")
    .option('--min <n>', 'smallest number drawn', whole(-widest, widest), 1)
    .option('--max <n>', 'largest number drawn', whole(-widest, widest), 10)
    .addHelpText(
      'after',
      '\nExample, in three terminals:\n  $ quorate client 1\n  $ quorate client 2\n  $ quorate client 3',
    )
    .action(async (id: string, _options, command: Command) => {
      const { min, max, json } = command.optsWithGlobals<Globals & { min: number; max: number }>();
      if (min > max) command.error(`error: --min ${min} is more than --max ${max}`);
      const say = json ? (step: object) => print(JSON.stringify(step)) : narrate;
      const options = { urls: urlsOf(command), retryFor: Number.POSITIVE_INFINITY, onRetry: reporter() };
      for await (const step of classroom({ ...options, id, draw: random({ min, max }) })) say(step);
    });
}

function narrate(step: { number?: number; state?: 'WAITING' | 'SUCCESS' | 'FAILED' }): void {
  if (step.state !== undefined) print(`state: ${stateText(step.state)}`);
  else print(`drew ${step.number}`);
}
