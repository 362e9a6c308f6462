import { createHmac, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, exit, messageOf } from '../exit.ts';
import { xdgFolder } from '../settings/home.ts';

/**
 * The name that this user's commands redeem an invite under, the same each time: so a command that is run again, because its
 * reply was lost or to change a vote, is not taken for somebody else who has got hold of the link. It is made of a random text in
 * `~/.local/state/quorate/instance` that never leaves this machine. `given`: the text in its place. Throws a CliError where that
 * cannot be kept.
 */
export function instanceFor(secret: string, given: string | undefined): string {
  return createHmac('sha256', given ?? kept())
    .update(`quorate instance\n${secret}`)
    .digest('hex');
}

function kept(): string {
  const folder = xdgFolder('XDG_STATE_HOME', '.local/state');
  if (folder === null) throw unkept('no home directory is known');
  const file = join(folder, 'instance');
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unkept(messageOf(error));
  }
  const mine = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(mine, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
    // Of several commands that run for the first time at once, all take what the first has written, and all of it.
    try {
      linkSync(mine, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unkept(messageOf(error));
  } finally {
    rmSync(mine, { force: true });
  }
}

function unkept(why: string): CliError {
  return new CliError(
    `what names this machine to the server cannot be kept: ${why}`,
    'set HOME or XDG_STATE_HOME to a directory that can be written, or --instance to a secret that stays the same',
    exit.usage,
  );
}
