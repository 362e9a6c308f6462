import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { CliError, exit, messageOf } from '../exit.ts';
import { readTextFile } from '../text-file.ts';
import { xdgFolder } from './home.ts';

/** A configuration file: options of all commands at the top, those of one command in a table with its name. */
export interface ConfigFile {
  readonly path: string;
  readonly tables: Table;
}

export type Table = { readonly [name: string]: unknown };

/**
 * The file named by `--config` or QUORATE_CONFIG, which must exist; else `quorate/config.toml` in the XDG configuration
 * home, or null when there is none. Throws a CliError of usage when the file cannot be read.
 */
export function readConfigFile(named: string | undefined): ConfigFile | null {
  const path = named ?? usualPath();
  if (path === null || (named === undefined && !existsSync(path))) return null;
  try {
    return { path, tables: parse(readTextFile(path)) };
  } catch (error) {
    throw new CliError(
      `${path}${complaintOf(error)}`,
      'fix the file, or name another with --config',
      exit.usage,
    );
  }
}

function usualPath(): string | null {
  const folder = xdgFolder('XDG_CONFIG_HOME', '.config');
  return folder && join(folder, 'config.toml');
}

/** The place and the reason of an error, without the line itself, which may contain a token. */
function complaintOf(error: unknown): string {
  if (!(error instanceof TomlError)) return `: ${messageOf(error)}`;
  const [why] = error.message.split('\n');
  return `, line ${error.line}, column ${error.column}: ${why}`;
}
