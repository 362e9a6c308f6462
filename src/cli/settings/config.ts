import { type Command, InvalidArgumentError, type Option } from 'commander';
import { isCompletion } from '../completion.ts';
import { CliError, exit } from '../exit.ts';
import { readConfigFile, type Table } from './config-file.ts';
import { inEnvironment, warnOfUnknownVariables } from './environment.ts';
import { Setting } from './settings.ts';

/**
 * The value of an option comes from the first place that has one: flag > environment > file > default (`resolve`). A list
 * setting combines all places, the file's values first, so that of two values for one name the last one wins.
 */

/** One value with its origin. */
interface Given {
  readonly value: unknown;
  /** The flag, the variable or the file; `default`. */
  readonly from: string;
  readonly rank: 'flag' | 'environment' | 'file' | 'default';
}

export interface Shown {
  /** As in the file: `url`, `server.port`. */
  readonly name: string;
  readonly value: unknown;
  readonly from: string;
}

interface Place {
  readonly command: Command;
  readonly option: Option;
  readonly name: string;
}

type FileValues = ReadonlyMap<string, Given>;

/** Sets the options of a command to the values of the environment and the file, when no flag sets them. */
export function configure(program: Command, command: Command): void {
  if (isCompletion(command)) return;
  warnOfUnknownVariables();
  const file = inFile(program);
  const places = placesOf(program).filter((place) =>
    [program, command.parent, command].includes(place.command),
  );
  const given = new Map(places.map((place) => [place.option, resolve(place, file)]));
  for (const { command: owner, option } of places) {
    const { value, rank } = given.get(option) as Given;
    if (rank === 'flag' || rank === 'default' || givesWay(option, given)) continue;
    owner.setOptionValueWithSource(option.attributeName(), value, rank);
  }
}

/** Every option that has a value, with its origin. Secrets are masked. */
export function shownSettings(program: Command): {
  readonly file: string | null;
  readonly settings: readonly Shown[];
} {
  const file = inFile(program);
  const shown = new Map<string, Shown>();
  for (const place of placesOf(program)) {
    const { value, from } = resolve(place, file);
    if (value === undefined || shown.has(place.name)) continue;
    shown.set(place.name, { name: place.name, value: masked(place.option, value), from });
  }
  return { file: fileOf(program)?.path ?? null, settings: [...shown.values()] };
}

function resolve(place: Place, file: FileValues): Given {
  const { command, option, name } = place;
  const attribute = option.attributeName();
  const flag: Given | null =
    command.getOptionValueSource(attribute) === 'cli'
      ? { value: command.getOptionValue(attribute), from: `--${option.name()}`, rank: 'flag' }
      : null;
  const row = option instanceof Setting ? option.row : null;
  const variable = row === null ? null : fromEnvironment(row);
  const found = [flag, variable, file.get(name) ?? null].filter((one) => one !== null);
  const [first] = found;
  if (first === undefined) return { value: option.defaultValue, from: 'default', rank: 'default' };
  if (row?.many !== 'list' || found.length === 1) return first;
  const values = found.toReversed().flatMap(({ value }) => value as readonly unknown[]);
  // Commander has the flag's values only: marked as from the environment, the combined list replaces them.
  return { value: values, from: found.map(({ from }) => from).join(', '), rank: 'environment' };
}

function fromEnvironment(row: Setting['row']): Given | null {
  try {
    const found = inEnvironment(row);
    return found === null ? null : { ...found, rank: 'environment' };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new CliError(error.message, 'set it otherwise, or unset it', exit.usage);
  }
}

/** Whether an option that excludes this one is set in a place of higher rank. Throws when both are set in the same place. */
function givesWay(option: Option, given: ReadonlyMap<Option, Given>): boolean {
  const ranks = ['flag', 'environment', 'file', 'default'];
  const own = given.get(option) as Given;
  for (const [other, { rank, from }] of given) {
    if (!excludes(option, other) || rank === 'default') continue;
    if (rank === own.rank) {
      const what = `${own.from} sets ${option.name()} and ${from} sets ${other.name()}: only one of them may be`;
      throw new CliError(what, 'leave out one of the two', exit.usage);
    }
    if (ranks.indexOf(rank) < ranks.indexOf(own.rank)) return true;
  }
  return false;
}

function fileOf(program: Command) {
  const option = program.options.find((one) => one.attributeName() === 'config') as Option;
  const named = resolve({ command: program, option, name: 'config' }, new Map()).value;
  return readConfigFile(named as string | undefined);
}

/** The values of the file by setting. Throws a CliError of usage for an unknown setting or a wrong value. */
function inFile(program: Command): FileValues {
  const file = fileOf(program);
  const values = new Map<string, Given>();
  if (file === null) return values;
  const { path, tables } = file;
  const places = new Map(placesOf(program).map((place) => [place.name, place]));
  for (const [name, raw] of flattened(tables)) {
    const place = places.get(name);
    if (place === undefined) {
      const fix = 'quorate config print --json and --help of each command name what there is';
      throw new CliError(`${path}: there is no setting ${name}`, fix, exit.usage);
    }
    try {
      values.set(name, { value: read(place.option, raw), from: path, rank: 'file' });
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new CliError(`${path}: ${name}: ${error.message}`, `see ${place.option.flags}`, exit.usage);
    }
  }
  return values;
}

/** A value of the file, read as the flag is. A list is read as the repeated flag, or as one text with commas. */
function read(option: Option, raw: unknown): unknown {
  if (option.isBoolean()) {
    if (typeof raw === 'boolean') return raw;
    throw new InvalidArgumentError('It must be true or false.');
  }
  const row = option instanceof Setting ? option.row : null;
  const one = (value: unknown): unknown => {
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new InvalidArgumentError('It must be a text or a number.');
    const reads = row?.read ?? option.parseArg;
    return reads === undefined ? String(value) : reads(String(value), undefined as never);
  };
  if (row?.many === 'list') return (Array.isArray(raw) ? raw : [raw]).map(one);
  return one(Array.isArray(raw) ? raw.join(',') : raw);
}

function masked(option: Option, value: unknown): unknown {
  const row = option instanceof Setting ? option.row : null;
  if (row?.secret) return '(secret)';
  if (!row?.address || typeof value !== 'string') return value;
  // A password may contain any character, so nothing before the last @ is shown. A directory has no password.
  return value.replace(/^(?!file:)([a-z]+:\/\/)?.*@/is, '$1(secret)@');
}

function flattened(table: Table, path = ''): [name: string, value: unknown][] {
  return Object.entries(table).flatMap(([key, value]) => {
    const name = path + key;
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    return nested ? flattened(value as Table, `${name}.`) : [[name, value] as [string, unknown]];
  });
}

/** Options that the file cannot set. --detach: the server that it starts also reads the file, and would start another. */
const commandLineOnly: ReadonlySet<string> = new Set(['version', 'config', 'server.detach']);

/** All options with their names. A setting of the table has the same name on every command. */
function placesOf(program: Command): Place[] {
  const walk = (command: Command, path: string): Place[] => {
    const own = command.options.map((option) => {
      const name = option instanceof Setting ? option.row.name : path + option.name();
      return { command, option, name };
    });
    return [...own, ...command.commands.flatMap((inner) => walk(inner, `${path}${inner.name()}.`))];
  };
  return walk(program, '').filter(({ name }) => !commandLineOnly.has(name));
}

function excludes(one: Option, other: Option): boolean {
  const conflicts = (option: Option) => (option as unknown as { conflictsWith: string[] }).conflictsWith;
  return conflicts(one).includes(other.attributeName()) || conflicts(other).includes(one.attributeName());
}
