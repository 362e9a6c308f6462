import type { ErrorCode } from '../../core/errors.ts';
import type { ParameterName } from './parameters.ts';
import type { Access } from './roles.ts';
import type { SchemaName } from './schemas.ts';

/** What the document says of one route. */
export interface Operation {
  readonly id: string;
  readonly access: Access;
  readonly tag: Tag;
  readonly summary: string;
  readonly parameters: readonly ParameterName[];
  /** `lines`: one such JSON text a line. */
  readonly body?: { readonly schema: SchemaName; readonly required: boolean; readonly lines?: true };
  /** By status, all below 400. */
  readonly responses: Readonly<Record<number, Success>>;
  /** Every error that the route may answer with, in any order; one may be named twice. */
  readonly errors: readonly ErrorCode[];
  /** Every error that one of its lines may be answered with, where its body is lines. */
  readonly lineErrors?: readonly ErrorCode[];
  /** A request that works as it is written, once those before it in the story of samples.ts were sent. */
  readonly example: Example;
}

export interface Success {
  readonly description: string;
  readonly content?: Readonly<Record<string, Content>>;
  /** Headers beyond those of every response. */
  readonly headers?: readonly ('ETag' | 'Link' | 'Preference-Applied' | 'Quorate-Index')[];
}

export interface Content {
  /** The name of a schema; none where the content is text. */
  readonly schema?: SchemaName;
  /** Of a stream: the schemas of the JSON in its lines, of events in their `data` lines. */
  readonly carries?: readonly SchemaName[];
  readonly example: unknown;
}

export interface Example {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text where the body is lines. */
  readonly body?: unknown;
}

export const tags = {
  classroom: "The classroom's two routes: anonymous, without groups.",
  groups: 'A named set of agents that decides together under one rule.',
  rounds: 'Propose, wait, read, follow, close.',
  claims: 'Act on a decision once: one holder at a time, with a fence.',
  webhooks: 'Outcomes sent to an address, signed, until it has taken them.',
  messages: 'What the members of a group say, in one order with its views and rounds.',
  agents: 'Join for a lease and a token, renew, leave.',
  invites: 'Who may take part in a group that admits by invite.',
  models: 'Groups as tools for models, over the Model Context Protocol.',
  operations: 'What operators ask, and this documentation.',
} as const;
type Tag = keyof typeof tags;

export const lines = (...list: readonly string[]): string => list.map((line) => `${line}\n`).join('');
/** The media type of bodies that are one JSON text a line. */
export const ndjson = 'application/x-ndjson';
export const json = (schema: SchemaName, example: unknown) => ({ 'application/json': { schema, example } });
export const text = (type: string, example: string) => ({ [type]: { example } });
export const ok = (description: string, schema: SchemaName, example: unknown): Success => ({
  description,
  content: json(schema, example),
});
export const withETag = (description: string, schema: SchemaName, example: unknown): Success => ({
  ...ok(description, schema, example),
  headers: ['ETag'],
});
export const round = (description: string, example: unknown): Success => ({
  ...ok(description, 'Round', example),
  headers: ['ETag', 'Preference-Applied'],
});
export const unchanged: Success = { description: 'The caller has this already.', headers: ['ETag'] };
