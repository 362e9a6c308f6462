import type { Case } from './http/ask.ts';
import { claimCases } from './http/claims.ts';
import { classroomCases } from './http/classroom.ts';
import { groupCases } from './http/groups.ts';
import { manyCases } from './http/many.ts';
import { messageCases } from './http/messages.ts';
import { opsCases } from './http/ops.ts';
import { repeatCases } from './http/repeats.ts';
import { roundCases } from './http/rounds.ts';
import { ruleCases } from './http/rules.ts';
import { valueCases } from './http/values.ts';
import { waitCases } from './http/waits.ts';

/**
 * What any server of this protocol does over HTTP, by its address. The cases need no framework; each has a group
 * of its own, except those of the classroom, which share `default` (three agents, two equal) and so run in turn,
 * with nobody else in that group.
 */
export const httpConformance: readonly Case[] = [
  ...classroomCases,
  ...valueCases,
  ...groupCases,
  ...roundCases,
  ...repeatCases,
  ...ruleCases,
  ...waitCases,
  ...manyCases,
  ...messageCases,
  ...claimCases,
  ...opsCases,
];
