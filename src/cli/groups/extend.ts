import { type Command, InvalidArgumentError } from 'commander';
import type { Client, Duration, RoundJson } from '../../client/index.ts';
import { duration, whole } from '../arguments.ts';
import { ask } from '../ask.ts';

const examples = `
A duration counts from now. A time without a zone is meant by this machine's clock.

Examples:
  $ quorate extend lunch 10m
  $ quorate extend lunch 2026-12-01T18:00 --round 3
  $ quorate extend lunch none`;

export function registerExtend(program: Command): void {
  program
    .command('extend')
    .description('set the deadline of the open round, later or sooner than it is, or none')
    .argument('<group>', 'the group')
    .argument('<when>', 'a duration from now, a time, or none', when)
    .option('--round <n>', 'only if this is the round that is open', whole(1, Number.MAX_SAFE_INTEGER))
    .addHelpText('after', examples)
    .action(async (name: string, end: ReturnType<typeof when>, { round }: Options, command: Command) => {
      const set = async (client: Client): Promise<RoundJson> => {
        const group = client.group(name);
        return group.setDeadline(round ?? (await group.round('open')).round, end);
      };
      await ask(command, 'setting the deadline', set, endText);
    });
}

interface Options {
  readonly round?: number;
}

function endText({ round, deadlineAt }: RoundJson): string {
  return deadlineAt === null ? `round ${round}  has no deadline` : `round ${round}  ends at ${deadlineAt}`;
}

/** A duration from now, a time, or null for none. */
function when(text: string): Duration | Date | null {
  if (text === 'none') return null;
  if (/^[\d.]+\w+$/.test(text)) return duration(text);
  const at = /^\d{4}-\d\d-\d\dT/i.test(text) ? new Date(text.toUpperCase()) : null;
  if (at !== null && Number.isFinite(at.getTime())) return at;
  throw new InvalidArgumentError('Write a duration such as 10m, a time such as 2026-12-01T18:00, or none.');
}
