export type {
  AgentKind,
  Json,
  Preset,
  RoundState,
  Rule,
  Settings,
  Stats,
  WebhookFormat,
  WebhookStates,
} from '../core/types.ts';
export type { Explanation } from '../core/view/explain.ts';
export type { GroupRowJson, LastRoundJson } from '../core/view/group-row.ts';
export type {
  AcknowledgementsJson,
  AgentJson,
  ClaimJson,
  CountedJson,
  DeadlineSetJson,
  DeliveryJson,
  EventJson,
  GroupJson,
  InviteJson,
  ItemJson,
  MemberJson,
  MessageJson,
  ProblemJson,
  ProposalJson,
  RoundJson,
  SnapshotJson,
  StabilityJson,
  TallyJson,
  ViewItemJson,
  WaiverJson,
  WebhookJson,
  WithheldJson,
} from '../core/view/json-types.ts';
export { type AgreeOptions, abstain, type Choice, type Strategy } from './agree.ts';
export type { Claim } from './claim.ts';
export { type ClassroomOptions, type ClassroomStep, classroom } from './classroom.ts';
export type { ClusterJson, EntriesJson, LogMemberJson, ServerJson } from './cluster-json.ts';
export { type Client, type ConnectOptions, connect } from './connect.ts';
export { type ClientCode, QuorateError } from './errors.ts';
export type { EventsOptions } from './events.ts';
export type { Group } from './group.ts';
export type { Member } from './member.ts';
export type { ManyProposal, ProposalsOptions, SettledProposal } from './proposals.ts';
export { type CallRecord, type RecordOptions, recordingFetch } from './record.ts';
export type {
  CallOptions,
  ClaimOptions,
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
export type {
  CursorJson,
  ListenOptions,
  SaidJson,
  SayOptions,
  StreamJson,
  ViewJson,
} from './stream-requests.ts';
export { type Clock, type Duration, toMs } from './time.ts';
export type { Retry } from './transport.ts';
export type { PutWebhookJson, WebhookOptions, Webhooks } from './webhooks.ts';
