export type {
  AgentShape,
  EventShape,
  GroupShape,
  ProblemShape,
  RoundShape,
  TallyShape,
} from '../core/shapes.ts';
export type { Json, Preset, RoundState, Rule, Settings } from '../core/types.ts';
export type { Agree, Strategy } from './agree.ts';
export type { Bounds, Created, GroupSettings, Proposing, Reading } from './asks.ts';
export { type ClassroomOptions, type ClassroomStep, classroom } from './classroom.ts';
export { type Client, type ConnectOptions, connect } from './connect.ts';
export { QuorateError } from './errors.ts';
export type { Group } from './group.ts';
export type { Clock, Duration } from './time.ts';
export type { Retry } from './transport.ts';
