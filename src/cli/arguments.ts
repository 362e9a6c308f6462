import { type Command, InvalidArgumentError, Option } from 'commander';
import { hasUser } from '../client/address.ts';
import {
  type Client,
  type ConnectOptions,
  connect,
  type Duration,
  type Json,
  type Retry,
  type Rule,
} from '../client/index.ts';
import { holdsCertificate } from '../client/trust.ts';
import { sameUnder } from '../core/equality/equality.ts';
import { canonical, parseJson } from '../core/json.ts';
import { agentKinds, limits } from '../core/limits.ts';
import { CliError, exit, messageOf } from './exit.ts';
import { note } from './output.ts';
import { readTextFile } from './text-file.ts';

/** Readers of arguments and options, and the client that the options describe. A refused argument is exit code 2. */

export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?[0-9]+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

export function duration(text: string): Duration {
  if (/^[0-9]*\.?[0-9]+(ms|s|m|h|d)$/.test(text)) return text as Duration;
  throw new InvalidArgumentError('Write it with its unit, as in 500ms, 30s or 5m.');
}

/** `--kind`, which says what an agent is. */
export function kindOption(description: string): Option {
  return new Option('--kind <kind>', description).choices(agentKinds);
}

/** A value as the server would read it. Refuses numbers that JSON.parse would round. */
export function jsonValue(text: string): Json {
  const parsed = parseJson(text, limits.valueDepth);
  if (parsed.ok) return parsed.value;
  const asText = `'${JSON.stringify(text)}'`;
  throw new InvalidArgumentError(`It must be JSON: ${parsed.detail}. If you mean the text, write ${asText}.`);
}

/** The same; a word that is no JSON stands for itself. */
export function valueOrText(text: string): Json {
  return /^\p{L}/u.test(text) && readJson(text) === undefined ? text : jsonValue(text);
}

/** Several values, separated by commas, or as a list in JSON. */
export function values(text: string): readonly Json[] {
  const list = text.startsWith('[') ? jsonValue(text) : text.split(',').map((one) => valueOrText(one.trim()));
  return Array.isArray(list) ? list : [list];
}

/** Whether two values are equal under a rule's equality; numbers that are compared within a tolerance, when they are the same. */
export function areEqual(equality: Rule['equality'], a: Json, b: Json): boolean {
  return sameUnder(equality, canonical(a), canonical(b));
}

/** One line of JSON, whose members may hold values: the value, or what is wrong with it. */
export function jsonLine(text: string): { readonly value: Json } | { readonly wrong: string } {
  const parsed = parseJson(text, limits.valueDepth + 1);
  return parsed.ok ? { value: parsed.value } : { wrong: parsed.detail };
}

/** A text that may be JSON: undefined when it is not JSON, or its numbers would be rounded. */
export function readJson(text: string): Json | undefined {
  const parsed = parseJson(text, limits.valueDepth);
  return parsed.ok ? parsed.value : undefined;
}

/** A text with something in it: an empty one is mostly a variable of a shell that was not set. */
export function notEmpty(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must not be empty.');
}

/** A text that the server accepts as an instance. */
export function instance(text: string): string {
  if (text.length >= 8 && text.length <= 128) return text;
  throw new InvalidArgumentError('It must be a secret of 8 to 128 characters.');
}

export function jsonObject(text: string): { readonly [name: string]: Json } {
  const value = jsonValue(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new InvalidArgumentError('It must be a JSON object, as in {"threshold": 2}.');
}

export function names(text: string): readonly string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.every((name) => name !== '')) return list;
  throw new InvalidArgumentError('Write names separated by commas, as in ann,bob,carl.');
}

export interface Globals {
  readonly url: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly json: boolean;
}

/**
 * The client for the server of this command line. `retryFor`: how long to retry while it does not answer; `more`: options
 * that take the place of those of the command line.
 */
export function clientOf(command: Command, retryFor: Duration, more: Partial<ConnectOptions> = {}): Client {
  const options = command.optsWithGlobals<Globals>();
  return connect({
    urls: urlsOf(command),
    token: tokenOf(options),
    ca: caOf(options),
    retryFor,
    onRetry: reporter(),
    ...more,
  });
}

/** The certificates to trust in addition to the usual ones. Throws a CliError when the file cannot be read or holds none. */
export function caOf({ ca }: Pick<Globals, 'ca'>): string | undefined {
  if (ca === undefined) return undefined;
  const pem = fileOf('the certificates to trust', '--ca', ca);
  if (holdsCertificate(pem)) return pem;
  throw new CliError(`${ca} holds no certificate (PEM)`, 'name a file that holds it with --ca', exit.usage);
}

/** The token, given directly or in a file. Throws a CliError when the file cannot be read. */
function tokenOf({ token, tokenFile }: Pick<Globals, 'token' | 'tokenFile'>): string | undefined {
  if (tokenFile === undefined) return token;
  return fileOf('the token', '--token-file', tokenFile).trim();
}

function fileOf(what: string, flag: string, file: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    const fix = `name a file that holds it with ${flag}`;
    throw new CliError(`${what} cannot be read: ${messageOf(error)}`, fix, exit.usage);
  }
}

export function urlsOf(command: Command): readonly string[] {
  const { url: given } = command.optsWithGlobals<Globals>();
  if (given.split(',').some(hasUser))
    return command.error(
      'error: the address of a server must have no user name or password (--url, QUORATE_URL or url in the file): use --token-file or QUORATE_TOKEN',
    );
  const urls = given.split(',');
  return urls.map((text) => {
    const url = /^[a-z0-9.-]+:[0-9]+$/i.test(text.trim()) ? `http://${text.trim()}` : text.trim();
    if (/^https?:\/\//.test(url) && URL.canParse(url)) return url;
    // A text with an @ may contain a password.
    const shown = text.includes('@') ? '' : ` '${text}'`;
    return command.error(`error: --url${shown} is no http address, such as http://127.0.0.1:5000`);
  });
}

/** Prints once that a server does not answer, and once more for every other reason of a retry. */
export function reporter(): (retry: Retry) => void {
  let said = '';
  return ({ url, error }) => {
    const line =
      error.code === 'unreachable'
        ? `waiting for the server at ${url} ...`
        : `${url}: ${error.detail}; trying again`;
    if (line !== said) note(line);
    said = line;
  };
}
