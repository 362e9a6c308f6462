import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { CliError, exit } from './exit.ts';

/** A configuration file: options of all commands at the top, those of one command in a table of its name. */
export interface ConfigFile {
  readonly path: string;
  readonly tables: Table;
}

export type Table = { readonly [name: string]: unknown };

/**
 * The file that `--config` or QUORATE_CONFIG names, which must exist; else `quorate/config.toml` in the XDG
 * configuration home, which need not: null then. Throws a CliError of usage for a file that cannot be read.
 */
export function readConfigFile(named: string | undefined): ConfigFile | null {
  const home = process.env.XDG_CONFIG_HOME || join(homedir(), '.config');
  const path = named ?? join(home, 'quorate', 'config.toml');
  if (named === undefined && !existsSync(path)) return null;
  try {
    return { path, tables: parse(readFileSync(path, 'utf8')) };
  } catch (error) {
    const said = error instanceof Error ? error.message.trim() : String(error);
    throw new CliError(`${path}: ${said}`, 'mend the file, or name another with --config', exit.usage);
  }
}
