import { catalogue, type ErrorCode } from '../../core/errors.ts';
import type { BasePath } from '../edge/base-path.ts';
import type { Route } from '../route.ts';
import { noRoute } from './error-sets.ts';
import { type Example, ndjson, type Operation, tags } from './operation.ts';
import { parameters } from './parameters.ts';
import {
  ErrorResponses,
  examplesOf,
  headers,
  linesOf,
  type MediaType,
  type ProblemExample,
  type Reference,
  type ResponseObject,
  refTo,
  successesOf,
} from './responses.ts';
import { type Access, type AccessClass, accessClasses } from './roles.ts';
import { schemas } from './schemas.ts';

/** The OpenAPI 3.1 document. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly parameters: typeof parameters;
    readonly responses: Readonly<Record<string, ResponseObject>>;
    readonly examples: Readonly<Record<string, ProblemExample>>;
    readonly [more: string]: unknown;
  };
  readonly 'x-access': Readonly<Record<string, AccessClass>>;
  readonly 'x-errors-without-route': Readonly<Record<string, ProblemExample>>;
  readonly [more: string]: unknown;
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters: readonly Reference[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>;
  /** Codes of the errors that single lines may be answered with, where the body is lines. */
  readonly 'x-errors-of-lines'?: readonly string[];
  /** Who may use it: names in `x-access` of the document. */
  readonly 'x-access': Access;
  /** A request that can be sent as it stands. */
  readonly 'x-example': Pick<Example, 'path' | 'headers'>;
  readonly [more: string]: unknown;
}

const routeless: readonly ErrorCode[] = noRoute;

/** The document of these routes. */
export function documentOf(version: string, routes: readonly Route[], basePath: BasePath = ''): OpenApi {
  const paths: Record<string, Record<string, OperationObject>> = {};
  const errors = new ErrorResponses();
  for (const { method, path: pattern, operation } of routes) {
    if (operation === null) continue;
    const path = pattern.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(operation, errors) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Quorate',
      version,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    } as OpenApi['info'],
    servers: [{ url: basePath || '/', description: 'The server that gave you this document.' }],
    security: [{}, { bearer: [] }],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([name, schema]) => [name, { title: name, ...schema }]),
      ),
      parameters,
      headers,
      responses: errors.named,
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
  'Any request may carry `traceparent` or `X-Request-Id`; the response gives them back. Where something goes wrong inside the server, it gives an id.',
].join('\n');

function operationObject(operation: Operation, errors: ErrorResponses): OperationObject {
  const { id, tag, summary, body, example } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(tag === 'classroom' || tag === 'operations' ? { security: [] } : {}),
    parameters: operation.parameters.map((name) => refTo('parameters', name)),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: body.lines
              ? { [ndjson]: { schema: linesOf([body.schema]), example: example.body } }
              : { 'application/json': { schema: refTo('schemas', body.schema), example: example.body } },
          },
        }),
    responses: { ...successesOf(operation), ...errors.of(operation) },
    ...(operation.lineErrors === undefined
      ? {}
      : { 'x-errors-of-lines': [...new Set(operation.lineErrors)].sort() }),
    'x-access': operation.access,
    'x-example': {
      path: example.path,
      ...(example.headers === undefined ? {} : { headers: example.headers }),
    },
  };
}

/** The responses of an operation by status, with references followed. */
export function responsesOf(
  { components }: OpenApi,
  { responses }: OperationObject,
): Readonly<Record<string, ResponseObject>> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, one]) => [
      status,
      '$ref' in one ? (components.responses[one.$ref.split('/').at(-1) ?? ''] as ResponseObject) : one,
    ]),
  );
}
