import type { ActorState, Diagram } from './types.ts';

/** What stands beside each lifeline after a step: the last state that it had come to by then. */
export function statesAt({ lifelines, events }: Diagram, step: number): (ActorState | null)[] {
  const states: (ActorState | null)[] = lifelines.map(() => null);
  for (const event of events) if (event.type === 'state' && event.at <= step) states[event.who] = event.state;
  return states;
}
