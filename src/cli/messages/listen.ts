import type { Command } from 'commander';
import type { ItemJson } from '../../client/index.ts';
import { clientOf, whole } from '../arguments.ts';
import { interruptible } from '../interrupt.ts';
import { taken } from '../output.ts';
import { withProgress } from '../progress.ts';
import { Recorder } from '../recorder.ts';
import { aboutMembers, joinAs, type MemberOptions, memberCommand, refuseMemberOptions } from './as-member.ts';
import { itemLine } from './item-line.ts';

interface Options extends MemberOptions {
  readonly after?: number;
  readonly follow: boolean;
}

const more = `
Each line begins with the item's offset. Without --as it begins with the oldest item that is kept, or behind --after.

With --as it keeps the member in the group, and begins behind what it has printed before. After kill -9 the items of the last second
may come again: their offsets tell. It ends with 1 when the member is removed or its lease has run out, and leaves at any other end.
${aboutMembers}

Examples:
  $ quorate listen lunch
  $ quorate listen lunch --as ann --json | jq 'select(.type == "message") | .body'
  $ quorate listen lunch --after 12 --no-follow`;

export function registerListen(program: Command): void {
  memberCommand(
    program
      .command('listen')
      .description('print what happens in a group: who comes and goes, messages, rounds; one item a line')
      .argument('<group>', 'the group')
      .option('--as <agent>', 'listen as this member'),
  )
    .option('--after <offset>', 'only items behind this one', whole(0, Number.MAX_SAFE_INTEGER))
    .option('--no-follow', 'end where there is no more at present')
    .addHelpText('after', more)
    .action(async (name: string, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (options.as === undefined) refuseMemberOptions(command);
      await interruptible((signal) => listen(command, name, options, signal));
    });
}

async function listen(command: Command, name: string, options: Options, signal: AbortSignal): Promise<void> {
  const { as: agent, after, follow, json } = options;
  const recorder = new Recorder(agent, options.record);
  const show = async (item: ItemJson): Promise<void> => {
    await taken(json ? JSON.stringify(item) : itemLine(item));
    recorder.heard(name, item);
  };
  if (agent === undefined) {
    const group = clientOf(command, '60s').group(name);
    for await (const item of group.listen({ after, follow, signal })) await show(item);
    return;
  }
  const member = await withProgress('joining', joinAs(command, name, agent));
  try {
    for await (const item of member.listen({ after, follow, signal })) await show(item);
  } finally {
    await member.leave({ deadline: leaveWithinMs }).catch(() => {});
  }
}

const leaveWithinMs = 2000;
