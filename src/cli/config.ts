import { type Command, InvalidArgumentError, type Option } from 'commander';
import { isCompletion } from './completion.ts';
import { type ConfigFile, readConfigFile, type Table } from './config-file.ts';
import { CliError, exit } from './exit.ts';

/** Where the value of an option comes from: flag > environment > file > default. */

export interface Setting {
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

const secrets: ReadonlySet<string> = new Set(['token', 'joinKey', 'instance']);

/** Variables that a command reads by itself: such a one gives way to another option, or is no option. */
const ownVariables: Readonly<Record<string, string>> = { data: 'QUORATE_DATA' };
const secretVariables: readonly (readonly [name: string, variable: string])[] = [
  ['server.admin-token', 'QUORATE_ADMIN_TOKEN'],
];

/** What the environment adds to an option that gathers, by the name of its setting. */
export type Added = ReadonlyMap<string, { readonly variable: string; readonly values: readonly string[] }>;

function inEnvironment(option: Option): [value: string, variable: string] | null {
  const variable = option.envVar ?? ownVariables[option.attributeName()];
  const value = variable === undefined ? undefined : process.env[variable];
  // As commander has it for its own: set but empty counts; what a command reads by itself does not.
  if (variable === undefined || value === undefined || (value === '' && option.envVar === undefined))
    return null;
  return [value, variable];
}

/** Gives options that neither a flag nor the environment has set their value from the file. */
export function configure(program: Command, command: Command): void {
  if (isCompletion(command)) return;
  const file = readConfigFile(program.opts<{ config?: string }>().config);
  if (file === null) return;
  const values = valuesOf(program, file);
  const chosen = placesOf(program).filter((place) => place.command === program || place.command === command);
  for (const { command: owner, option, name } of chosen) {
    const attribute = option.attributeName();
    const source = owner.getOptionValueSource(attribute);
    if (!values.has(name) || (source !== undefined && source !== 'default')) continue;
    if (inEnvironment(option) !== null) continue;
    if (owner.options.some((other) => excludes(option, other) && isGiven(owner, other))) continue;
    owner.setOptionValueWithSource(attribute, values.get(name), 'config');
  }
}

/** Every option that has a value, with where it comes from. Secrets are not shown. */
export function settings(
  program: Command,
  added: Added = new Map(),
): {
  readonly file: string | null;
  readonly settings: readonly Setting[];
} {
  const file = readConfigFile(program.opts<{ config?: string }>().config);
  const values = file === null ? new Map<string, unknown>() : valuesOf(program, file);
  const found = placesOf(program).flatMap((place): Setting[] => {
    const { option, name } = place;
    const [own, source] = origin(program, place, values, file);
    if (own === undefined) return [];
    const more = added.get(name);
    const value = more === undefined ? own : [...more.values, ...(own as readonly unknown[])];
    const from =
      more === undefined ? source : source === 'default' ? more.variable : `${more.variable}, ${source}`;
    return [{ name, value: secrets.has(option.attributeName()) ? '(secret)' : value, from }];
  });
  for (const [name, variable] of secretVariables)
    if (process.env[variable]) found.push({ name, value: '(secret)', from: variable });
  return { file: file?.path ?? null, settings: found };
}

function origin(
  program: Command,
  { command, option, name }: Place,
  values: ReadonlyMap<string, unknown>,
  file: ConfigFile | null,
): [value: unknown, from: string] {
  const attribute = option.attributeName();
  if (command === program && program.getOptionValueSource(attribute) === 'cli')
    return [program.getOptionValue(attribute), `--${option.name()}`];
  const given = inEnvironment(option);
  if (given !== null) return given;
  if (values.has(name)) return [values.get(name), file?.path ?? ''];
  return [option.defaultValue, 'default'];
}

/** The values of a file by setting; a CliError of usage for what is no setting or no value of it. */
function valuesOf(program: Command, { path, tables }: ConfigFile): Map<string, unknown> {
  const places = new Map(placesOf(program).map((place) => [place.name, place]));
  const values = new Map<string, unknown>();
  for (const [name, raw] of flattened(tables)) {
    const place = places.get(name);
    if (place === undefined) {
      const fix = 'quorate config print --json and --help of each command name what there is';
      throw new CliError(`${path}: there is no setting ${name}`, fix, exit.usage);
    }
    try {
      values.set(name, read(place.option, raw));
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      throw new CliError(`${path}: ${name}: ${error.message}`, `see ${place.option.flags}`, exit.usage);
    }
  }
  return values;
}

/** What the file says, as the flag would have been read. */
function read(option: Option, raw: unknown): unknown {
  if (option.isBoolean()) {
    if (typeof raw === 'boolean') return raw;
    throw new InvalidArgumentError('It must be true or false.');
  }
  const { parseArg } = option;
  const one = (value: unknown, earlier: unknown): unknown => {
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new InvalidArgumentError('It must be a text or a number.');
    return parseArg === undefined ? String(value) : parseArg(String(value), earlier as never);
  };
  if (!Array.isArray(raw)) return one(raw, option.defaultValue);
  // An option that may be repeated gathers; a list of names is one text.
  return Array.isArray(option.defaultValue)
    ? raw.reduce((earlier: unknown, value: unknown) => one(value, earlier), option.defaultValue)
    : one(raw.join(','), undefined);
}

function flattened(table: Table, path = ''): [name: string, value: unknown][] {
  return Object.entries(table).flatMap(([key, value]) => {
    const name = path + key;
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    return nested ? flattened(value as Table, `${name}.`) : [[name, value] as [string, unknown]];
  });
}

function placesOf(program: Command): Place[] {
  const walk = (command: Command, path: string): Place[] => {
    const own = command.options.map((option) => ({ command, option, name: path + option.name() }));
    return [...own, ...command.commands.flatMap((inner) => walk(inner, `${path}${inner.name()}.`))];
  };
  return walk(program, '').filter(({ name }) => name !== 'version' && name !== 'config');
}

function excludes(one: Option, other: Option): boolean {
  const conflicts = (option: Option) => (option as unknown as { conflictsWith: string[] }).conflictsWith;
  return conflicts(one).includes(other.attributeName()) || conflicts(other).includes(one.attributeName());
}

function isGiven(command: Command, option: Option): boolean {
  const source = command.getOptionValueSource(option.attributeName());
  return source === 'cli' || source === 'env' || inEnvironment(option) !== null;
}
