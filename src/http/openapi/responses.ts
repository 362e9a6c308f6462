import { catalogue, type ErrorCode } from '../../core/errors.ts';
import type { ProblemJson } from '../../core/view/json-types.ts';
import { Problem, problemJson } from '../problem.ts';
import type { Content, Operation, Success } from './operation.ts';
import { openRound } from './samples.ts';
import type { SchemaName } from './schemas.ts';

/** The responses of the document: those that succeed stand at their operation, errors are shared. */

export interface Reference {
  readonly $ref: string;
}

export interface ResponseObject {
  readonly description: string;
  readonly content?: Readonly<Record<string, MediaType>>;
  readonly headers?: Readonly<Record<string, Reference>>;
}

export interface MediaType {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, Reference>>;
}

export interface ProblemExample {
  readonly summary: string;
  readonly value: ProblemJson;
}

export const headers = {
  ETag: header('The revision, in double quotes.', '"3"'),
  Link: header('The next page, rel="next"; absent on the last.', '</v1/groups?after=deploy>; rel="next"'),
  'Preference-Applied': header('The wait that was asked for by Prefer.', 'wait=30'),
  'Quorate-Durability': header('`none` where the log does not outlive the server; else absent.', 'none'),
  'Quorate-Index': header('The log position this answer was read at.', '12'),
  'Quorate-Session': header('Send it back to read your own writes, on any server.', '5f0c2a7b9e1d4c3a.13'),
  RateLimit: header('Requests left, and seconds until all are back.', '"token";r=0;t=5'),
  'RateLimit-Policy': header('Requests at once, and seconds in which they come back.', '"token";q=2500;w=5'),
  'Retry-After': header('Seconds after which to try again.', '1'),
  'WWW-Authenticate': header('Which kind of token is asked for.', 'Bearer'),
};

function header(description: string, example: string) {
  return { description, schema: { type: 'string' }, example };
}

/** The successful responses of an operation, by status. */
export function successesOf({ responses, errors }: Operation): Record<string, ResponseObject> {
  const common = ['Quorate-Session', ...(errors.includes('outcome-unknown') ? ['Quorate-Durability'] : [])];
  return Object.fromEntries(
    Object.entries(responses).map(([status, one]) => [status, successObject(one, common)]),
  );
}

function successObject({ description, content, headers: more = [] }: Success, common: readonly string[]) {
  const media = Object.entries(content ?? {}).map(([type, one]) => [type, mediaType(one)]);
  return {
    description,
    headers: headerRefs([...common, ...more]),
    ...(media.length === 0 ? {} : { content: Object.fromEntries(media) }),
  };
}

function mediaType({ schema, carries, example }: Content): MediaType {
  if (schema !== undefined) return { schema: refTo('schemas', schema), example };
  if (typeof example !== 'string') return { schema: { type: 'object' }, example };
  return { schema: carries === undefined ? { type: 'string' } : linesOf(carries), example };
}

/** A text whose lines carry JSON of one of these schemas. */
export function linesOf(carries: readonly SchemaName[]) {
  const [only, ...others] = carries.map((one) => refTo('schemas', one));
  return { type: 'string', contentSchema: others.length === 0 ? only : { anyOf: [only, ...others] } };
}

/** The error responses of a document. Operations that answer a status with the same codes share one. */
export class ErrorResponses {
  /** By name, for the components of the document. */
  readonly named: Record<string, ResponseObject> = {};
  private readonly names = new Map<string, string>();

  /** References to those of an operation, by status. */
  of({ id, errors }: Operation): Record<string, Reference> {
    const byStatus: Record<string, ErrorCode[]> = {};
    for (const code of [...new Set(errors)].sort()) {
      const { status } = catalogue[code];
      byStatus[status] = [...(byStatus[status] ?? []), code];
    }
    return Object.fromEntries(
      Object.entries(byStatus).map(([status, codes]) => [
        status,
        refTo('responses', this.nameOf(`${id}${status}`, Number(status), codes)),
      ]),
    );
  }

  /** `GroupNotFoundOrRoundNotKept`; of more codes than can be read, the first operation and the status: `Propose409`. */
  private nameOf(place: string, status: number, codes: readonly ErrorCode[]): string {
    const key = codes.join();
    const name = this.names.get(key) ?? pascal(codes.length > 4 ? place : codes.join('-or-'));
    this.names.set(key, name);
    this.named[name] ??= errorObject(status, codes);
    return name;
  }
}

const errorHeaders: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  503: ['Retry-After'],
};

function errorObject(status: number, codes: readonly ErrorCode[]): ResponseObject {
  const examples = codes.map((code) => [code, refTo('examples', code)]);
  return {
    description: codes.map((code) => `\`${code}\`: ${catalogue[code].title}.`).join(' '),
    headers: headerRefs(errorHeaders[status] ?? []),
    content: {
      'application/problem+json': {
        schema: refTo('schemas', 'Problem'),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** An example of each of these errors, by code. */
export function examplesOf(codes: readonly ErrorCode[]): Record<string, ProblemExample> {
  return Object.fromEntries(codes.map((code) => [code, exampleOf(code)]));
}

function exampleOf(code: ErrorCode): ProblemExample {
  const { title } = catalogue[code];
  const value = problemJson(new Problem(code, `${title}: the sentence for this case`, moreOf(code)));
  return { summary: title, value };
}

/** Members that only some errors have. */
function moreOf(code: ErrorCode): Problem['more'] {
  if (code === 'already-proposed') return { index: openRound.index, round: openRound };
  if (code === 'agent-taken') return { index: openRound.index, since: openRound.openedAt };
  if (code === 'stale-seq') return { index: openRound.index, round: openRound, seq: 3 };
  if (code === 'messages-not-kept') return { index: openRound.index, oldest: 812, view: 790 };
  if (code === 'view-changed' || code === 'not-in-view') return { index: openRound.index, view: 790 };
  if (code === 'invalid-rule')
    return {
      errors: [
        {
          field: 'rule.threshold',
          fields: ['rule.threshold'],
          fix: 'write {"num": 2, "den": 3, "strict": false}',
        },
      ],
    };
  return code === 'outcome-unknown' || code === 'internal' ? { outcome: 'unknown' } : {};
}

function headerRefs(names: readonly string[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [name, refTo('headers', name)]));
}

export function refTo(
  kind: 'schemas' | 'responses' | 'parameters' | 'examples' | 'headers',
  name: string,
): { $ref: string } {
  return { $ref: `#/components/${kind}/${name}` };
}

/** `round-not-kept` as `RoundNotKept`. */
function pascal(words: string): string {
  return words.replace(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());
}
