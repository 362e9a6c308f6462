import { catalogue, type ErrorCode } from '../../core/errors.ts';
import type { ProblemJson } from '../../core/view/json-types.ts';
import { Problem, problemJson } from '../problem.ts';
import { type Content, type Example, type Operation, type Reply, tags } from './operation.ts';
import { operations } from './operations.ts';
import { parameters } from './parameters.ts';
import { noRoute } from './refusals.ts';
import { type Access, type AccessClass, accessClasses } from './roles.ts';
import { openRound } from './samples.ts';
import { schemas } from './schemas.ts';

/** A route as it is registered, e.g. `GET` and `/v1/groups/:group`. */
export interface Route {
  readonly method: string;
  readonly url: string;
}

type Fields = Record<string, unknown>;

/** The OpenAPI 3.1 document. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: typeof schemas;
    readonly parameters: typeof parameters;
    readonly examples: Readonly<Record<string, ProblemExample>>;
    readonly [more: string]: unknown;
  };
  readonly 'x-access': Readonly<Record<string, AccessClass>>;
  readonly 'x-errors-without-route': Readonly<Record<string, ProblemExample>>;
  readonly [more: string]: unknown;
}

export interface ProblemExample {
  readonly summary: string;
  readonly value: ProblemJson;
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters: readonly { readonly $ref: string }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, ResponseObject>>;
  /** Who gets through: names in `x-access` of the document. */
  readonly 'x-access': Access;
  /** A request that can be sent as it stands. */
  readonly 'x-example': Pick<Example, 'path' | 'headers'>;
  readonly [more: string]: unknown;
}

export interface ResponseObject {
  readonly description: string;
  readonly content?: Readonly<Record<string, MediaType>>;
  readonly headers?: Fields;
}

export interface MediaType {
  readonly schema: Fields;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>;
}

const routeless: readonly ErrorCode[] = noRoute;

/** What the document says of these routes; one that the table of operations does not know is left out. */
export function documentOf(version: string, routes: readonly Route[]): OpenApi {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const { method, url } of routes) {
    const operation = operations[`${method} ${url}`];
    if (operation === undefined) continue;
    const path = url.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(operation) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Quorate',
      version,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    } as OpenApi['info'],
    servers: [{ url: '/', description: 'The server that gave you this document.' }],
    security: [{}, { bearer: [] }],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    paths,
    components: {
      schemas,
      parameters,
      headers,
      examples: examplesOf(
        (Object.keys(catalogue) as ErrorCode[]).filter((code) => !routeless.includes(code)),
      ),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: "An agent's token, a group's join or observer key, or the administrator's token.",
        },
      },
    },
    'x-access': accessClasses,
    // Answers to a path or method that no route takes: OpenAPI has no place for them.
    'x-errors-without-route': examplesOf(noRoute),
  };
}

const description = [
  'Group agreement over plain HTTP: agents put forward a value in a numbered round, one rule decides.',
  'Every error is `application/problem+json`: `code` says which, `fix` what to do.',
  'What answers GET answers HEAD too, except `/state/{id}` and event streams.',
  'Any request may carry `traceparent` or `X-Request-Id`; the response gives them back.',
].join('\n');

const headers = {
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

function header(text: string, example: string): Fields {
  return { description: text, schema: { type: 'string' }, example };
}

function operationObject(operation: Operation): OperationObject {
  const { id, tag, summary, body, example } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(tag === 'classroom' || tag === 'operations' ? { security: [] } : {}),
    parameters: operation.parameters.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: { 'application/json': { schema: schemaRef(body.schema), example: example.body } },
          },
        }),
    responses: { ...repliesOf(operation), ...refusalsOf(operation) },
    'x-access': operation.access,
    'x-example': {
      path: example.path,
      ...(example.headers === undefined ? {} : { headers: example.headers }),
    },
  };
}

function repliesOf({ replies, errors }: Operation): Record<string, ResponseObject> {
  const common = ['Quorate-Session', ...(errors.includes('outcome-unknown') ? ['Quorate-Durability'] : [])];
  return Object.fromEntries(
    Object.entries(replies).map(([status, reply]) => [status, replyObject(reply, common)]),
  );
}

function replyObject(reply: Reply, common: readonly string[]): ResponseObject {
  const { description: text, content, headers: more = [] } = reply;
  const given = Object.entries(content ?? {}).map(([type, one]) => [type, mediaType(one)]);
  return {
    description: text,
    headers: headerRefs([...common, ...more]),
    ...(given.length === 0 ? {} : { content: Object.fromEntries(given) }),
  };
}

function mediaType({ schema, carries, example }: Content): MediaType {
  if (schema !== undefined) return { schema: schemaRef(schema), example };
  if (typeof example !== 'string') return { schema: { type: 'object' }, example };
  const events = carries === undefined ? {} : { contentSchema: { anyOf: carries.map(schemaRef) } };
  return { schema: { type: 'string', ...events }, example };
}

/** Errors by status, each with an example. */
function refusalsOf({ errors }: Operation): Record<string, ResponseObject> {
  const byStatus: Record<string, ErrorCode[]> = {};
  for (const code of [...new Set(errors)].sort()) {
    const { status } = catalogue[code];
    byStatus[status] = [...(byStatus[status] ?? []), code];
  }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes]) => [status, refusalObject(Number(status), codes)]),
  );
}

const refusalHeaders: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  503: ['Retry-After'],
};

function refusalObject(status: number, codes: readonly ErrorCode[]): ResponseObject {
  const more = refusalHeaders[status] ?? [];
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]);
  return {
    description: codes.map((code) => `\`${code}\`: ${catalogue[code].title}.`).join(' '),
    headers: headerRefs(more),
    content: {
      'application/problem+json': { schema: schemaRef('Problem'), examples: Object.fromEntries(examples) },
    },
  };
}

function examplesOf(codes: readonly ErrorCode[]): Record<string, ProblemExample> {
  return Object.fromEntries(codes.map((code) => [code, exampleOf(code)]));
}

function exampleOf(code: ErrorCode): ProblemExample {
  const { title } = catalogue[code];
  const shape = problemJson(new Problem(code, `${title}: the sentence for this case`, moreOf(code)));
  return { summary: title, value: shape };
}

/** Members that only some errors have. */
function moreOf(code: ErrorCode): Problem['more'] {
  if (code === 'already-proposed') return { index: openRound.index, round: openRound };
  if (code === 'agent-taken') return { index: openRound.index, since: openRound.openedAt };
  if (code === 'invalid-rule')
    return { errors: [{ field: 'rule.threshold', fix: 'write {"num": 2, "den": 3, "strict": false}' }] };
  return code === 'outcome-unknown' || code === 'internal' ? { outcome: 'unknown' } : {};
}

function headerRefs(names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function schemaRef(name: string): Fields {
  return { $ref: `#/components/schemas/${name}` };
}
