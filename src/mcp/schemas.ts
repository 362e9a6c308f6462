import { type Static, type TSchema, Type } from 'typebox';
import type { Json } from '../core/types.ts';

/** What the schemas of the tools are built from. */

export const closed = { additionalProperties: false } as const;
export const json = (description: string) => Type.Unsafe<Json>({ description });
export const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

/** One of these texts. */
export const oneOf = <const Texts extends readonly string[]>(texts: Texts, description: string) =>
  Type.Unsafe<Texts[number]>({ type: 'string', enum: texts, description });

export const groupName = Type.String({ description: 'The name of the group.' });
export const agentName = Type.String({
  description: 'The name that you vote under: a-z, 0-9 and . _ -, at most 64 characters.',
});
export const roundNumber = (description: string) => Type.Integer({ minimum: 1, description });
export const latest = roundNumber('The round; by default the open one or, when none is open, the last.');
export const note = Type.String({
  maxLength: 2000,
  description: 'Why, in a sentence or two. Shown with the value; never compared.',
});

/** How a round stands, and what to do about it. */
export const standing = Type.Object({
  group: Type.String(),
  round: Type.Integer(),
  state: Type.Unsafe<'WAITING' | 'SUCCESS' | 'FAILED'>({
    type: 'string',
    enum: ['WAITING', 'SUCCESS', 'FAILED'],
  }),
  reason: orNull(Type.String({ description: 'Why it ended so; null while WAITING.' })),
  value: json('The decision; null unless SUCCESS.'),
  revision: Type.Integer({ description: 'Grows with every visible change of the group.' }),
  eligible: Type.Integer({ description: 'How many agents may propose.' }),
  present: Type.Integer({ description: 'How many have proposed or abstained.' }),
  missing: Type.Array(Type.String(), {
    description: 'Who is waited for, at most 100; empty where any agents may take the seats.',
  }),
  explain: Type.String({ description: 'One sentence: why it stands or ended so.' }),
  next: Type.String({ description: 'What to do now.' }),
});
export type Standing = Static<typeof standing>;
