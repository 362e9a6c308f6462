import { type Static, type TSchema, Type } from 'typebox';
import { agentKinds, limits } from '../../core/limits.ts';
import type { AgentKind, Json } from '../../core/types.ts';

/** What the schemas of the document are built from. */

const path = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** A reference to a schema by its name. `T` is its type, said again here; schemas.test.ts checks the schema itself. */
export const ref = <T>(name: string) => Type.Unsafe<T>(path(name));

/**
 * One of these named schemas. A union refers to its members, so that a generator has a name for the type of each: of
 * members written inline, some generators cannot read those that refer back to the union.
 */
export const unionOf = <M extends Readonly<Record<string, TSchema>>>(members: M) =>
  Type.Unsafe<Static<M[keyof M]>>({ anyOf: Object.keys(members).map(path) });

export const words = <const T extends readonly string[]>(...list: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: list });
export const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
export const json = (description: string) => Type.Unsafe<Json>({ description });
export const time = () => Type.String({ format: 'date-time' });
export const whole = (minimum = 0) => Type.Integer({ minimum });
export const name = () => Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' });
export const names = () => Type.Array(name());
export const index = Type.Integer({ minimum: 0, description: 'The log position this answer was read at.' });
export const revision = Type.Integer({
  minimum: 0,
  description: 'Grows with every visible change of the group.',
});

/** What an agent or invite is shown as. */
export const shownName = Type.String({
  minLength: 1,
  maxLength: limits.shownNameLength,
  description: 'For showing only.',
});
export const kind = Type.Unsafe<AgentKind>({
  type: 'string',
  enum: [...agentKinds],
  description: 'What it is, as it says itself; for showing only.',
});
export const role = words('voter', 'observer');

/** Of a group that admits by key, where the caller chooses it. */
export const key = () => Type.String({ minLength: 16, maxLength: 512, pattern: '^[\\w.~+/=-]+$' });
/** Of an object that has no members but those named. */
export const closed = { additionalProperties: false } as const;

export const durations = {
  DurationText: Type.String({ pattern: '^\\d+(\\.\\d+)?(ms|s|m|h|d)?$' }),
  Milliseconds: Type.Number({ minimum: 0 }),
};
export const duration = () => ref<Static<(typeof durations)[keyof typeof durations]>>('Duration');
