import { type Group, Groups, type Member, type Round, type State } from '../../src/core/state.ts';

/** A state of its own that grows apart from the first. Outcomes, rules, settings and proposals never change: shared. */
export function copyState(state: State): State {
  const groups = new Groups();
  for (const [name, group] of state.groups) groups.set(name, copyGroup(group));
  return {
    ...state,
    groups,
    due: deepCopy(state.due),
    clocks: new Map(state.clocks),
    ahead: new Map(state.ahead),
  };
}

function copyGroup(group: Group): Group {
  const members = new Map<string, Member>();
  for (const [agent, member] of group.members) members.set(agent, { ...member });
  return {
    ...group,
    open: group.open === null ? null : copyRound(group.open),
    closed: new Map(group.closed),
    members,
    holders: new Map(group.holders),
    lastRound: new Map(group.lastRound),
    told: new Set(group.told),
    keys: new Map(group.keys),
  };
}

function copyRound(round: Round): Round {
  return {
    ...round,
    proposals: new Map(round.proposals),
    absent: new Set(round.absent),
    tally: deepCopy(round.tally, round.rule),
  };
}

/** Any object graph, class instances and shared references included, but for one object that stays shared. */
export function deepCopy<T>(root: T, shared: object | null = null): T {
  const made = new Map<object, object>();
  const copy = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || value === shared) return value;
    const known = made.get(value);
    if (known !== undefined) return known;
    if (value instanceof Map) {
      const map = new Map<unknown, unknown>();
      made.set(value, map);
      for (const [key, item] of value) map.set(copy(key), copy(item));
      return map;
    }
    if (value instanceof Set) {
      const set = new Set<unknown>();
      made.set(value, set);
      for (const item of value) set.add(copy(item));
      return set;
    }
    const object = Array.isArray(value) ? [] : (Object.create(Object.getPrototypeOf(value)) as object);
    made.set(value, object);
    for (const name of Object.keys(value)) {
      (object as Record<string, unknown>)[name] = copy((value as Record<string, unknown>)[name]);
    }
    return object;
  };
  return copy(root) as T;
}
