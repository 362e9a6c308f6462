/**
 * `quorate/core`: agreement as a pure function over an ordered log, without a server.
 *
 * ```ts
 * const parsed = parseSettings({ preset: 'majority', rule: { electorate: { size: 3 } } });
 * if (!parsed.ok) throw new Error(parsed.complaints[0]?.fix);
 * const state = emptyState();
 * const { results } = apply(state, entry, 1); // an entry with a `put-group` command of these settings
 * const round = viewLatest(state.groups.get('lunch')!, state.index);
 * ```
 *
 * Entries go in by `apply`, JSON for callers comes out by the `view` functions and `explain`. A state is only to be read.
 * What stands here keeps its meaning between minor versions; other files of the core may change at any time.
 */
export { type Applied, apply, type OnResult } from './apply.ts';
export {
  type Command,
  decodeEntry,
  type Entry,
  encodeCommand,
  encodeEntry,
  entryVersion,
} from './entry.ts';
export { sameUnder } from './equality/equality.ts';
export { type CatalogueEntry, catalogue, type ErrorCode } from './errors.ts';
export { emptyState, type Group, type State } from './group/state.ts';
export { canonical, type Parsed, parseJson } from './json.ts';
export { limits } from './limits.ts';
export type { Event, Refusal, Result } from './result.ts';
export { presets } from './rule/presets.ts';
export type { Complaint } from './rule/reader.ts';
export { type ParsedSettings, parseSettings } from './rule/settings.ts';
export { stateHash } from './snapshot/state-hash.ts';
export type { AckBy, AgentKind, Json, Outcome, Rule, Settings } from './types.ts';
export { viewClaim } from './view/claim.ts';
export { type Explanation, explain } from './view/explain.ts';
export { type GroupRowJson, type LastRoundJson, viewGroupRow } from './view/group-row.ts';
export type {
  AcknowledgementsJson,
  AgentJson,
  ClaimJson,
  CountedJson,
  DeadlineSetJson,
  EventJson,
  GroupJson,
  InviteJson,
  ItemJson,
  MemberJson,
  MessageJson,
  ProposalJson,
  RoundClosedJson,
  RoundJson,
  RoundOpenedJson,
  SomeAgentsJson,
  StabilityJson,
  TallyJson,
  ViewItemJson,
  WaiverJson,
  WithheldJson,
} from './view/json-types.ts';
export { explainMessage, viewItem, viewMember, viewStability } from './view/stream.ts';
export {
  roundOf,
  viewAgent,
  viewEvent,
  viewGroup,
  viewInvite,
  viewLatest,
  viewProposal,
  viewRound,
} from './view/view.ts';
