import type { Lifeline } from './types.ts';

const alphabet = 'ABCDEFGHIJ';

/** The name of an agent by its place: A, B, C ... */
export function agentName(agent: Lifeline): string {
  return alphabet.charAt(agent);
}

/** The place of the agent with this name, or -1. */
export function agentNamed(name: string): Lifeline {
  return name.length === 1 ? alphabet.indexOf(name) : -1;
}

/** `A3` is the third request of A, `A3r` the reply to it. */
export function messageName(agent: Lifeline, request: number, isReply: boolean): string {
  return `${agentName(agent)}${request}${isReply ? 'r' : ''}`;
}

/** Whether a message can have this name. */
export function isMessageName(name: string): boolean {
  const isReply = name.endsWith('r');
  const request = Number(name.slice(1, isReply ? -1 : undefined));
  return request >= 1 && name === messageName(agentNamed(name.charAt(0)), request, isReply);
}
