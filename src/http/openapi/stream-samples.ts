import type { ItemJson, MessageJson, StabilityJson, ViewItemJson } from '../../core/view/json-types.ts';

/** The stream of the group in the story of samples.ts: a reviewer joins and says something. */

const time = (seconds: number): string => new Date(Date.UTC(2026, 0, 5, 9, 0, seconds)).toISOString();

const opened: ItemJson = {
  ...{ offset: 1, index: 12, view: 0, revision: 2, type: 'round-opened', at: time(0), round: 1 },
};
const joined: ViewItemJson = {
  ...{ offset: 2, index: 13, view: 2, revision: 3, type: 'view', at: time(1), change: 'joined' },
  ...{ agent: 'reviewer-1', role: 'voter', incarnation: 2 },
};
export const message: MessageJson = {
  ...{ offset: 3, index: 14, view: 2, revision: 3, type: 'message', at: time(7), from: 'reviewer-1' },
  ...{ body: { text: 'the tests pass' }, to: null, replyTo: null, round: 1, ackBy: 'all' },
};
export const stability = {
  stability: 'stable',
  acknowledgements: {
    ...{ ackBy: 'all', needed: 1, recipients: 1 },
    acknowledged: { count: 1, agents: ['reviewer-1'] },
    waiting: { count: 0, agents: [] },
    gone: { count: 0, agents: [] },
  },
} as const satisfies StabilityJson;

export const wantedMessage = { body: message.body, round: 1, ackBy: 'all' };
export const said = { group: 'deploy', offset: 3, view: 2, index: 14, ...stability };
export const explanation = {
  ...{ group: 'deploy', offset: 3 },
  explain:
    'Message 3 is stable: 1 of 1 recipients have acknowledged it, 1 are needed; acknowledged by reviewer-1.',
  ...stability,
  index: 14,
};

const standing = { oldest: 1, end: 3, view: 2 };
const about = { next: null, ...standing, revision: 3, index: 14 };
export const page = { group: 'deploy', items: [opened, joined, message], ...about };
export const messages = { group: 'deploy', items: [message], ...about };
export const view = {
  ...{ group: 'deploy', view: 2, members: [{ agent: 'reviewer-1', role: 'voter', incarnation: 2 }] },
  ...{ next: null, total: 1, revision: 3, index: 14 },
};
export const cursor = { group: 'deploy', agent: 'reviewer-1', offset: 2, incarnation: 2, index: 14 };
