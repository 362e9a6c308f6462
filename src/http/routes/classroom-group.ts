import type { Group } from '../../core/group/state.ts';
import { canonical } from '../../core/json.ts';
import type { Result } from '../../core/result.ts';
import { parseSettings } from '../../core/rule/settings.ts';
import type { Json, Settings } from '../../core/types.ts';
import type { Replica } from '../../replica/replica.ts';

/** The group that the classroom's two routes speak to. [Q2] */
export const classroomGroup = 'default';

/** The settings of that group; left out, either number is that of the preset. Throws an Error that says what to change. */
export function classroomSettings(agents?: number, quorum?: number): Settings {
  const rule: { [name: string]: Json } = {};
  if (agents !== undefined) rule.electorate = { size: agents };
  if (quorum !== undefined) rule.threshold = quorum;
  const parsed = parseSettings({ preset: 'classroom', rule });
  if (parsed.ok) return parsed.settings;
  throw new Error(parsed.complaints.map(({ field, fix }) => `${field}: ${fix}`).join('; '));
}

/** Makes the group where there is none, and leaves it as it is where there is one. [Q2.11] */
export async function makeClassroom(replica: Replica, settings: Settings): Promise<void> {
  await replica.submit({ ...putting(settings), ifRevision: 0 }, () => undefined);
}

/** What became of the classroom when it was given a shape. */
export interface Reshaped {
  /** The round that was ended for it, and how many numbers were in it. */
  readonly ended: { readonly round: number; readonly numbers: number } | null;
  /** The round that goes on in the old shape, since somebody has proposed in it under a name. */
  readonly goesOn: number | null;
}

/** Gives the group this shape; null where it has it already, or was not there. [Q2.11] */
export function reshapeClassroom(replica: Replica, settings: Settings): Promise<Reshaped | null> {
  return replica.submit({ ...putting(settings), atOnce: true }, (result, state) => {
    const group = state.groups.get(classroomGroup);
    return group !== undefined && wasUpdated(result) ? lookAt(group, state.index) : null;
  });
}

/** Whether the group has another rule than these settings. */
export function hasOtherShape(replica: Replica, settings: Settings): boolean {
  const rule = replica.state.groups.get(classroomGroup)?.settings.rule;
  const text = (one: unknown): string => canonical(one as Json);
  return rule !== undefined && text(rule) !== text(settings.rule);
}

function putting(settings: Settings) {
  const keys = { joinKeyHash: null, observerKeyHash: null };
  return { type: 'put-group', group: classroomGroup, settings, ifRevision: null, ...keys } as const;
}

function wasUpdated(result: Result): boolean {
  return result.ok && result.did === 'updated';
}

function lookAt({ closed, open, settings }: Group, index: number): Reshaped {
  const last = [...closed.values()].at(-1);
  if (last?.reason === 'rule-changed' && last.index === index)
    return { ended: { round: last.round, numbers: last.proposals.size }, goesOn: null };
  return { ended: null, goesOn: open !== null && open.rule !== settings.rule ? open.number : null };
}
