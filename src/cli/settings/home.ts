import { userInfo } from 'node:os';
import { join } from 'node:path';
import { CliError, exit } from '../exit.ts';

/** The user's home directory, or null when neither HOME nor the system names one. */
export function homeDirectory(): string | null {
  if (process.env.HOME) return process.env.HOME;
  try {
    return userInfo().homedir || null;
  } catch {
    // A process may run under a number for which the system has no user.
    return null;
  }
}

/** `~` and `~/...` as the shell would have expanded them: variables and files are read by no shell. */
export function expandHome(path: string): string {
  if (path !== '~' && !path.startsWith('~/')) return path;
  const home = homeDirectory();
  if (home === null)
    throw new CliError(`${path}: no home directory is known`, 'write the whole path', exit.usage);
  return join(home, path.slice(2));
}
