import type { Command } from '../../src/core/entry.ts';
import type { Group } from '../../src/core/group/state.ts';
import { type Known, noStreamYet, type Step } from './step.ts';

/** Groups that are new are compared with nothing; those deleted or made anew within the entry are left out. */
export function everyGroup(step: Step, look: (group: Group, known: Known) => string | null): string | null {
  for (const [name, group] of step.after.groups) {
    if (step.only?.has(name) === false) continue;
    if (step.entry.commands.some((command) => remakes(command, name)) || hasGoneIdle(step, group)) continue;
    const complaint = look(group, step.before.get(name) ?? unknown(group, step));
    if (complaint !== null) return `${name}: ${complaint}`;
  }
  return null;
}

function remakes(command: Command, name: string): boolean {
  return command.type === 'delete-group' && command.group === name;
}

/** One that asks for it is deleted by time, and may be made anew by the same entry. */
function hasGoneIdle({ applied }: Step, { name, settings }: Group): boolean {
  const deleted = applied.events.some(({ group, type }) => group === name && type === 'group-deleted');
  return deleted && settings.retention !== undefined;
}

/** Of a group that was not there before; its revisions begin above the floor at its creation. */
function unknown({ name, createdAt, status }: Group, { after, applied }: Step): Known {
  const first = applied.events.find((event) => event.group === name)?.revision ?? 0;
  const none = { revision: Math.min(after.revisionFloor, first - 1), round: 0, open: null, electors: null };
  return { ...none, createdAt, status, proposals: new Map(), outcomes: new Map(), stream: noStreamYet };
}
