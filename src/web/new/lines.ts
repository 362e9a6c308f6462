import type { Json } from '../../core/types.ts';

/** The command and the curl line that make the group of a form. */

type Body = { readonly [name: string]: Json };

export interface Target {
  /** Empty while the group has none. */
  readonly group: string;
  /** Address of the server, without a slash at the end. */
  readonly server: string;
  /** Whether the server wants a token: a file is named in its place. */
  readonly needsToken: boolean;
}

/** What the command line asks when it is told of no server. */
const usualServer = 'http://127.0.0.1:5000';
const tokenFile = 'admin-token';

/** `quorate group create` with the options that say the same as the body; what has no option of its own stands in `--rule`. */
export function commandOf(body: Body, { group, server, needsToken }: Target): string {
  const {
    rule = {},
    preset,
    title,
    admission,
    mayClose,
    mayWaive,
    maySpend,
    subjectHash,
    retention = {},
  } = body;
  const [ofRule, rest] = ruleFlags(rule as Body);
  const kept = retention as Body;
  const flags: Flags = [
    ['preset', preset],
    ...ofRule,
    ['rule', Object.keys(rest).length === 0 ? undefined : JSON.stringify(rest)],
    ['admission', admission],
    ['may-close', listed(mayClose)],
    ['may-waive', listed(mayWaive)],
    ['may-spend', listed(maySpend)],
    ['title', title],
    ['subject-hash', subjectHash],
    ['keep-rounds', kept.rounds],
    ['keep-messages', kept.messages],
    ['keep-idle', kept.idle],
    ['url', server === usualServer ? undefined : server],
    ['token-file', needsToken ? tokenFile : undefined],
  ];
  const options = flags.flatMap(([name, value]) => (value === undefined ? [] : flag(name, value)));
  return ['quorate group create', quoted(group === '' ? 'NAME' : group), ...options, '--if-new'].join(' ');
}

/** PUT with the body; refused where there is such a group already. */
export function curlOf(body: Body, { group, server, needsToken }: Target): string {
  const headers = ['content-type: application/json', 'if-none-match: *'].map((header) => `-H '${header}'`);
  if (needsToken) headers.push(`-H "authorization: Bearer $(cat ${tokenFile})"`);
  const address = quoted(`${server}/v1/groups/${encodeURIComponent(group === '' ? 'NAME' : group)}`);
  return `curl -X PUT ${address} ${headers.join(' ')} -d ${quoted(spaced(body))}`;
}

type Flags = readonly (readonly [name: string, value: Json | undefined])[];

/** Flags for the members of a rule, and the members that have none as they are. */
function ruleFlags(rule: Body): [Flags, Body] {
  const flags: (readonly [string, Json])[] = [];
  const rest: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(rule)) {
    const found = name === 'electorate' ? electorateFlag(value) : memberFlag(name, value);
    if (found === null) rest[name] = value;
    else flags.push(found);
  }
  return [flags, rest];
}

function electorateFlag(electorate: Json): readonly [string, Json] | null {
  const { agents, size, live } = electorate as { agents?: string[]; size?: Json; live?: Body };
  if (agents !== undefined) return agents.length === 0 ? null : ['electorate', agents.join(',')];
  if (size !== undefined) return ['agents', size];
  return live === undefined ? null : ['live', `${live.min}-${live.max}`];
}

/** How a member of a rule is said by a flag; null where none says it. */
function memberFlag(name: string, value: Json): readonly [string, Json] | null {
  const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (name === 'revote') return value === true ? [kebab, true] : null;
  if (name === 'options' || name === 'wins') return [kebab, valuesText(value)];
  if (name === 'veto' || name === 'required')
    return Array.isArray(value) && value.length > 0 ? [kebab, value.join(',')] : null;
  if (value === null) return null;
  return [kebab, typeof value === 'object' ? JSON.stringify(value) : value];
}

/** Values as the command line reads them: bare words between commas where all are such, else JSON. */
function valuesText(values: Json): string {
  const isBare = (value: Json): boolean =>
    typeof value === 'string' &&
    /^\p{L}[\p{L}\d._ -]*$/u.test(value) &&
    !/^(true|false|null)$| $/.test(value);
  return Array.isArray(values) && values.every(isBare) ? values.join(',') : JSON.stringify(values);
}

function listed(hands: Json | undefined): Json | undefined {
  return Array.isArray(hands) ? hands.join(',') : hands;
}

function flag(name: string, value: Json): string[] {
  if (value === true) return [`--${name}`];
  const text = String(value);
  // Behind a blank it would be taken for an option.
  return text.startsWith('-') ? [`--${name}=${quoted(text)}`] : [`--${name}`, quoted(text)];
}

/** A text as one word of a shell. A terminal might do what control characters say, as they are pasted: those are written as escapes. */
function quoted(text: string): string {
  if (/\p{Cc}/u.test(text)) {
    const escaped = text.replace(/\p{Cc}|['\\]/gu, (one) => {
      const code = one.charCodeAt(0);
      return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u00${code.toString(16)}`;
    });
    return `$'${escaped}'`;
  }
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** JSON on one line, with blanks where a line may break. */
function spaced(body: Body): string {
  return JSON.stringify(body, null, 1)
    .replace(/\n\s*/g, ' ')
    .replace(/([{[]) | ([}\]])/g, '$1$2');
}
