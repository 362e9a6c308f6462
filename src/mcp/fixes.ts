import { QuorateError } from '../client/index.ts';

/** Fixes in terms of tools, by error code, for errors whose own fix speaks of HTTP. */
const fixes: Readonly<Record<string, string>> = {
  'invalid-value': 'Propose JSON of at most 4,096 bytes, or as many as the group allows; or abstain.',
  'invalid-rule': 'Change the settings listed above.',
  'not-json': 'Give a value, or abstain: true.',
  'group-not-found':
    'See which groups there are with list_groups, or make it with create_group. A group that admits by key or invite is seen only with a token or key of its own.',
  'agent-not-found': 'Join again with join.',
  'agent-taken': 'Use another name, or wait until the lease of the other process has run out.',
  'revision-mismatch':
    'The group exists with other settings: use it as it is (see explain), or make one with another name.',
  'round-not-kept': 'Only the latest rounds are kept: ask for the outcome without a round.',
  'round-closed': 'See how it ended with outcome; propose in the round that list_groups says is open.',
  'round-not-open': 'Propose in the round that list_groups says is open.',
  'no-open-round': 'See how the last round ended with outcome. Who manages the group opens the next.',
  'stale-seq': 'If this is a change of mind, give a seq above the one named above.',
  'token-required':
    'Join with join first. Who manages the group sets the token of this server: QUORATE_TOKEN.',
  'token-wrong':
    'Join again with join; to manage the group, its key or the token of the administrator is needed: QUORATE_TOKEN.',
  'join-key-wrong': 'Ask who made the group for its join key, and give it to join as key.',
  'not-invited': 'Ask who manages the group for an invite.',
  'key-reused': 'Repeat the call.',
  overloaded: 'Nothing was done: repeat the call in a while.',
  stopping: 'Nothing was done: repeat the call in a while.',
  'no-quorum': 'Repeat the call in a while: repeating it is safe.',
  behind: 'Nothing was done: repeat the call in a while.',
  'outcome-unknown': 'Repeat the call: repeating it is safe.',
  unreachable: 'Check that the server runs and that QUORATE_URL names it; repeating the call is safe.',
  internal: 'Repeat the call; if it happens again, report what you did.',
};

/** Those for callers who keep their tokens themselves, where they are others. */
const fixesWithTokens: Readonly<Record<string, string>> = {
  'group-not-found':
    'See which groups there are with list_groups, or make it with create_group. A group that admits by key or invite is seen only with a token: give the one that join answered, or the joinKey, as token.',
  'agent-taken':
    'If the name is yours, go on with the token that join answered. Else use another name, or wait until the lease of the other has run out.',
  'token-required':
    'Join with join first, and give the token that it answers as token. To manage the group, give its joinKey as token; where the token of the administrator is needed, have it put into the configuration of this client.',
  'token-wrong':
    'Join again with join, and give the token that it answers as token. To manage the group, give its joinKey as token, or have the token of the administrator put into the configuration of this client.',
};

/** The error for an input that no call of a group can be made of. `errors`: its parts, each with what it must be. */
export function wrongInput(detail: string, fix: string, errors: QuorateError['errors'] = []): QuorateError {
  const title = 'Invalid request';
  return new QuorateError({
    ...{ code: 'invalid-request', status: 400, outcome: 'not-executed' },
    ...{ title, detail, fix, errors },
  });
}

/** The fix of an error for a model that calls tools. */
export function fixFor({ code, fix }: QuorateError, keepsTokens: boolean): string {
  return (keepsTokens ? undefined : fixesWithTokens[code]) ?? fixes[code] ?? fix;
}
