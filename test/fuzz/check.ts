import { catalogue } from '../../src/core/errors.ts';

/** A response, and the method that was asked with. */
export interface Answer {
  readonly method: string;
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Header fields by name in small letters, from their lines. */
export function headersIn(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** What is wrong with an answer, as texts; empty when it is one that the documentation knows. */
export function faultsOf({ method, status, headers, body }: Answer): string[] {
  const faults: string[] = [];
  const type = String(headers['content-type'] ?? '');
  if (status === 500) faults.push('a mistake of the server');
  if (headers['x-content-type-options'] !== 'nosniff') faults.push('no nosniff');
  if (/\bat .*\.[jt]s:\d+|node_modules|node:internal/.test(body)) faults.push('a stack trace in the answer');
  for (const [name, value] of Object.entries(headers))
    if (hasControl(String(value))) faults.push(`a control character in ${name}`);
  if (headers['access-control-allow-origin'] !== undefined) faults.push('a CORS header');
  if (status < 200 || status > 599 || (status >= 300 && status < 400 && status !== 304))
    faults.push(`status ${status}`);
  if (method === 'HEAD') return faults;
  if (status >= 400) faults.push(...problemFaults(status, type, body));
  else if (body !== '' && type.startsWith('application/json') && parse(body) === undefined)
    faults.push('JSON that cannot be read');
  if (type.startsWith('application/x-ndjson'))
    faults.push(...body.split('\n').slice(0, -1).flatMap(lineFaults));
  return faults;
}

/** What is wrong with one line of an answer to many proposals. */
function lineFaults(line: string): string[] {
  const { status, round, problem } = (parse(line) ?? {}) as {
    readonly status?: number;
    readonly round?: { readonly state: string };
    readonly problem?: object;
  };
  if (status === 500) return ['a mistake of the server in a line'];
  if (status !== undefined && problem !== undefined && round === undefined)
    return problemFaults(status, 'application/problem+json', JSON.stringify(problem));
  return (status === 200 || status === 201) && round !== undefined ? [] : [`a line that says ${line}`];
}

const statusByCode = new Map(Object.entries(catalogue).map(([code, entry]) => [code, entry.status]));

function problemFaults(status: number, type: string, body: string): string[] {
  if (!type.startsWith('application/problem+json')) return [`an error of type ${JSON.stringify(type)}`];
  const parsed = parse(body);
  if (typeof parsed !== 'object' || parsed === null) return ['a problem that cannot be read'];
  const problem = new Map<string, unknown>(Object.entries(parsed));
  const faults: string[] = [];
  const code = String(problem.get('code'));
  const expected = statusByCode.get(code);
  if (expected === undefined) faults.push(`code ${code} is not in the catalogue`);
  else if (expected !== status) faults.push(`code ${code} with status ${status}`);
  if (problem.get('type') !== `urn:quorate:error:${code}`) faults.push(`type ${problem.get('type')}`);
  if (problem.get('status') !== status) faults.push(`status ${problem.get('status')} in the body`);
  for (const member of ['title', 'detail', 'fix']) {
    const text = problem.get(member);
    if (typeof text !== 'string' || text === '') faults.push(`no ${member}`);
  }
  const outcome = problem.get('outcome');
  if (outcome !== 'not-executed' && outcome !== 'unknown') faults.push(`outcome ${outcome}`);
  if (status < 500 && outcome === 'unknown') faults.push('a refusal that may have been done');
  return faults;
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i += 1)
    if (text.charCodeAt(i) < 32 || text.charCodeAt(i) === 127) return true;
  return false;
}

/** The value of a JSON text; undefined when it is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
