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
export { type Applied, apply, emptyState, entryVersion } from './apply.ts';
export type { Complaint } from './contradictions.ts';
export { decodeEntry, encodeCommand, encodeEntry } from './entry.ts';
export { catalogue, type ErrorCode } from './errors.ts';
export { type Explanation, explain } from './explanation.ts';
export { stateHash } from './hash.ts';
export { canonical, type Parsed, parseJson } from './json.ts';
export { limits } from './limits.ts';
export { type ParsedSettings, parseSettings, presets } from './rules.ts';
export type { AgentShape, EventShape, GroupShape, RoundShape, TallyShape } from './shapes.ts';
export type { Group, State } from './state.ts';
export type { Command, Entry, Json, Outcome, Result, Rule, Settings } from './types.ts';
export { viewGroup, viewLatest, viewRound } from './view.ts';
