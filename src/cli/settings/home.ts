import { userInfo } from 'node:os';
import { join } from 'node:path';
import { CliError, exit } from '../exit.ts';

/** The user's home directory; null when neither HOME nor the system names one. */
export function homeDirectory(): string | null {
  if (process.env.HOME) return process.env.HOME;
  try {
    return userInfo().homedir || null;
  } catch {
    // The system may have no user for the number that the process runs under.
    return null;
  }
}

/** `quorate` in the folder that an XDG variable names, else in `usual` of the home directory; null when there is neither. */
export function xdgFolder(variable: string, usual: string): string | null {
  const home = homeDirectory();
  const folder = process.env[variable] || (home && join(home, usual));
  return folder && join(folder, 'quorate');
}

/** The path with `~` expanded as a shell does: no shell expands variables and files. */
export function expandHome(path: string): string {
  if (path !== '~' && !path.startsWith('~/')) return path;
  const home = homeDirectory();
  if (home === null)
    throw new CliError(`${path}: no home directory is known`, 'write the whole path', exit.usage);
  return join(home, path.slice(2));
}
