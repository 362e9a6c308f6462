export type { Json, Preset, RoundState, Rule, Settings, Stats } from '../core/types.ts';
export type {
  AgentJson,
  CountedJson,
  DeadlineSetJson,
  EventJson,
  GroupJson,
  InviteJson,
  ProblemJson,
  ProposalJson,
  RoundJson,
  SnapshotJson,
  TallyJson,
  WaiverJson,
} from '../core/view/json-types.ts';
export { type AgreeOptions, abstain, type Choice, type Strategy } from './agree.ts';
export { type ClassroomOptions, type ClassroomStep, classroom } from './classroom.ts';
export { type Client, type ConnectOptions, connect } from './connect.ts';
export { type ClientCode, QuorateError } from './errors.ts';
export type { EventsOptions } from './events.ts';
export type { Group } from './group.ts';
export type { Member } from './member.ts';
export type { ManyProposal, ProposalsOptions, SettledProposal } from './proposals.ts';
export { type CallRecord, type RecordOptions, recordingFetch } from './record.ts';
export type {
  CallOptions,
  CreatedGroup,
  GroupSettings,
  InvitedJson,
  InviteOptions,
  JoinedJson,
  JoinOptions,
  Keys,
  KeysJson,
  LeaseJson,
  ProposeOptions,
  ReadOptions,
  RedeemedJson,
} from './requests.ts';
export { type Clock, type Duration, toMs } from './time.ts';
export type { Retry } from './transport.ts';
