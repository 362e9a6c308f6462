import type { Command } from 'commander';
import { random } from '../../agents/random.ts';
import { type ClassroomStep, classroom, type RoundState } from '../../client/index.ts';
import { caOf, type Globals, reporter, urlsOf, whole } from '../arguments.ts';
import { paint, plain, print, stateText, valueText } from '../output.ts';

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
      const say = json ? (step: ClassroomStep) => print(JSON.stringify(step)) : narrator(id);
      const options = {
        urls: urlsOf(command),
        ca: caOf(command.optsWithGlobals<Globals>()),
        retryFor: Number.POSITIVE_INFINITY,
        onRetry: reporter(),
      };
      for await (const step of classroom({ ...options, id, draw: random({ min, max }) })) say(step);
    });
}

/** After this long a waiting client says so; most rounds are over before. */
const quietMs = 1000;

/** Prints one line for each round, with the client's id: several clients may write to one terminal. */
function narrator(id: string): (step: ClassroomStep) => void {
  let drawn = '';
  let waiting: NodeJS.Timeout | undefined;
  const line = (state: RoundState): void => print(`${plain(id)}: ${drawn}, ${stateText(state)}`);
  return (step) => {
    clearTimeout(waiting);
    if ('number' in step) {
      drawn = `${step.round === null ? '' : `round ${step.round}, `}drew ${step.number}`;
      return;
    }
    if (step.state === 'WAITING') {
      waiting = setTimeout(line, quietMs, step.state).unref();
      return;
    }
    line(step.state);
    if (step.state !== 'SUCCESS') return;
    const { value = null } = step;
    print(paint('bold', `${plain(id)}: agreed${value === null ? '' : ` on ${valueText(value)}`}`));
  };
}
