import { Type } from 'typebox';
import { whole } from './schema-parts.ts';

/** The figures of a closed round in which all values are numbers. [Q4.43] */

const number = (description: string) => Type.Number({ description });
export const stats = Type.Object(
  {
    count: whole(1),
    min: Type.Number(),
    max: Type.Number(),
    median: number('Between two middle numbers their half.'),
    mean: Type.Number(),
    spread: number('`max` less `min`.'),
  },
  {
    description:
      'Of a closed round in which all proposed values are numbers, or all parts that are compared: each agent counts once, without weight.',
  },
);
