import type { Settings } from './core/types.ts';
import {
  classroomGroup,
  hasOtherShape,
  makeClassroom,
  type Reshaped,
  reshapeClassroom,
} from './http/routes/classroom-group.ts';
import type { Notify } from './operator/notices.ts';
import type { Replica } from './replica/replica.ts';

interface Start {
  /** Whether the operator asked for these settings; otherwise they are only for a new group. */
  readonly chosen: boolean;
  /** Whether several servers share the log. They may start with different settings; the first one creates the group. */
  readonly shared: boolean;
  readonly notify: Notify;
}

/** Creates the classroom's group when a server starts, or changes it to the settings asked for, and reports the change. [Q2.11] */
export async function shapeClassroom(replica: Replica, settings: Settings, start: Start): Promise<void> {
  if (!replica.state.groups.has(classroomGroup)) return makeClassroom(replica, settings);
  if (!start.chosen || !hasOtherShape(replica, settings)) return;
  const { electorate, threshold } = settings.rule;
  const shape = `${'size' in electorate ? electorate.size : '?'} agents, ${threshold} equal decide`;
  if (start.shared) {
    const says = `the group ${classroomGroup} keeps its shape, not ${shape}: other servers use it too`;
    start.notify('classroom', { says, fix: `quorate group delete ${classroomGroup}, then start again` });
    return;
  }
  const reshaped = await reshapeClassroom(replica, settings);
  if (reshaped === null) return;
  const says = `the group ${classroomGroup} is now: ${shape}${inWords(reshaped)}`;
  const ended = reshaped.ended?.round ?? null;
  start.notify('classroom', { says, facts: { ended, goesOn: reshaped.goesOn } });
}

function inWords({ ended, goesOn }: Reshaped): string {
  if (goesOn !== null) return `; round ${goesOn} goes on as it was, since agents have proposed in it by name`;
  if (ended === null || ended.numbers === 0) return '';
  return `; round ${ended.round} was ended, with ${ended.numbers} numbers of clients that may be gone`;
}
