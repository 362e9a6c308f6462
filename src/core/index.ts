/**
 * The core by itself: agreement as a pure function over an ordered log, without a server.
 *
 * ```ts
 * const parsed = parseSettings({ preset: 'majority' });
 * const state = emptyState();
 * apply(state, entry, 1, (position, result) => console.log(position, result));
 * const round = viewLatest(state.groups.get('lunch')!, state.index);
 * ```
 */
export { type Applied, apply } from './apply.ts';
export type { Command, Entry } from './entry.ts';
export { decodeEntry, encodeCommand, encodeEntry, entryVersion } from './entry.ts';
export { catalogue, type ErrorCode } from './errors.ts';
export type { Group, State } from './group/state.ts';
export { emptyState } from './group/state.ts';
export { canonical, type Parsed, parseJson } from './json.ts';
export { limits } from './limits.ts';
export type { Result } from './result.ts';
export { presets } from './rule/presets.ts';
export type { Complaint } from './rule/reader.ts';
export { type ParsedSettings, parseSettings } from './rule/settings.ts';
export { stateHash } from './snapshot/state-hash.ts';
export type { Json, Outcome, Rule, Settings } from './types.ts';
export { type Explanation, explain } from './view/explain.ts';
export type { AgentJson, EventJson, GroupJson, RoundJson, TallyJson } from './view/json-types.ts';
export { viewGroup, viewLatest, viewRound } from './view/view.ts';
