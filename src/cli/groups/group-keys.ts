import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { type Keys, QuorateError } from '../../client/index.ts';
import { clientOf, type Globals } from '../arguments.ts';
import { CliError, exit } from '../exit.ts';
import { note, print } from '../output.ts';
import { withProgress } from '../progress.ts';

export function registerKeys(group: Command): void {
  group
    .command('keys')
    .description('give a group that admits by key or by invite new keys')
    .argument('<group>', 'the group')
    .option('--rotate', 'make new keys: the old ones are void at once; agents that have joined stay')
    .addHelpText('after', '\nExample:\n  $ quorate group keys board --rotate --token-file admin-token')
    .action(async (name: string, _options, command: Command) => {
      const { rotate, json } = command.optsWithGlobals<Globals & { rotate?: true }>();
      if (rotate !== true)
        throw new CliError(
          'Keys are shown only when they are set: only their hashes are kept',
          `make new ones: quorate group keys ${name} --rotate`,
          exit.usage,
        );
      const keys = { joinKey: secret(), observerKey: secret() };
      const rotating = clientOf(command, '5s').group(name).rotateKeys(keys);
      const taken = await withProgress('changing the keys', rotating).catch((error) =>
        noteUnconfirmed(error, keys),
      );
      print(JSON.stringify(taken, null, json ? 0 : 2));
      noteKeys();
    });
}

export function noteKeys(): void {
  note(
    'joinKey manages the group where there is no administrator and, with --admission key, admits agents; observerKey only reads: keep them, they are not shown again',
  );
}

/** Prints the keys when it is unknown whether the server has taken them: this process has the only copy. */
function noteUnconfirmed(error: unknown, keys: Keys): never {
  if (error instanceof QuorateError && error.outcome === 'unknown')
    note(`it is unknown whether the group has these keys now: ${JSON.stringify(keys)}`);
  throw error;
}

function secret(): string {
  return randomBytes(24).toString('base64url');
}
