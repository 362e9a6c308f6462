/** Every limit of the core. HTTP refuses what is over one; `apply` checks those that bound the state. Times are in ms. */
export const limits = {
  /** Characters of a group's or agent's name. */
  nameLength: 64,
  /** UTF-8 bytes of a proposed value in canonical form: where the rule says nothing, and the most that it may say. [Q4.43] */
  valueBytes: 4096,
  valueBytesMost: 16_384,
  /** Agents that may propose values of more than `valueBytes` in one round. */
  largeValueElectors: 1000,
  /** Nesting of a proposed value: a scalar has depth 0. */
  valueDepth: 16,
  /** Characters of a group's title, of a subject's hash, of an Idempotency-Key. */
  titleLength: 200,
  subjectHashLength: 128,
  idempotencyKeyLength: 128,
  /** Groups in one deployment. */
  groups: 2_000_000,
  /** Agents in one electorate. */
  electors: 100_000,
  /** Named agents in a roster, in veto, required or weights: bounded because settings travel in one entry. */
  rosterNames: 10_000,
  /** One agent's weight. */
  weight: 1_000_000,
  /** Either number of a threshold that is a fraction. */
  fractionPart: 10_000,
  /** Values in a tie's list. */
  priorityValues: 64,
  /** Values that a rule offers, at least and at most. [Q4.32] */
  optionsLeast: 2,
  options: 100,
  /** Characters of an RFC 6901 pointer in an equality. */
  pointerLength: 200,
  /** Panels of a mixed electorate, and agents in all of them where numbers are compared within a tolerance. [Q4.40] */
  parts: 16,
  mixedNear: 100,
  /** Agents known to a group, live or not. [Q1.9] */
  members: 100_000,
  /** Electors taken out of one round: their reasons stand in every view of it. [Q1.9] */
  waivers: 1000,
  /** Characters of the reason of a waiver. */
  reasonLength: 200,
  /** Closed rounds kept per group. */
  roundsKept: 1000,
  /** Proposals and waivers kept per group over all its closed rounds, so that large groups keep fewer rounds. */
  proposalsKept: 200_000,
  /** Characters of values and notes kept per group over all its closed rounds. [Q3.7] */
  charactersKept: 32_000_000,
  /** Characters of a note, and of all the notes that one round can have, so that large electorates have shorter ones. [Q4.42] */
  noteLength: 2000,
  notesLength: 4_000_000,
  /** Changes of mind that a round remembers of one agent. [Q5.17] */
  changesKept: 10,
  /** Characters of the name under which an agent is shown. [Q5.13] */
  shownNameLength: 64,
  /** Invites of a group, revoked ones included. [Q5.14] */
  invites: 10_000,
  /** Values that a tally shows, and agents that it shows of each. [Q4.25] */
  tallyValues: 100,
  tallyAgents: 100,
  /** Missing electors that the list of groups names of each group. [Q6.15] */
  missingAgents: 100,
  /** Idempotency keys remembered per proposal; beyond it the oldest of them is forgotten. */
  keysPerProposal: 4,
  /** UTF-8 bytes of the body of a message in canonical form; agents it may be addressed to. [Q9.5] */
  messageBytes: 16_384,
  messageRecipients: 100,
  /** Messages, items, and characters of both that the stream of a group keeps. [Q9.8] */
  messagesKept: 1000,
  itemsKept: 10_000,
  streamCharactersKept: 4_000_000,
  /** Messages of a group that wait to be acknowledged, and names that are remembered of those who have. [Q9.10] */
  messagesPending: 100,
  acknowledgedNames: 100,
  /** Characters of the name of a run that claims a decision; bytes of the result of what it did. [Q10] */
  holderLength: 128,
  resultBytes: 4096,
  /** Claims of a group that are held at once, and that are kept of rounds which are not. [Q10.10] */
  claimsHeld: 100,
  claimsKept: 1000,
  /** Webhooks of one group, and of the server. [Q11.1] */
  groupWebhooks: 10,
  serverWebhooks: 20,
  /** Of one webhook: deliveries that wait, deliveries that are over and still kept, and characters of the bodies of both. [Q11.5] */
  deliveriesPending: 1000,
  deliveriesKept: 100,
  deliveryCharactersKept: 250_000,
  /** Characters of the reason why a delivery has failed. */
  deliveryErrorLength: 200,
  /** How long, ms, the former secret of a webhook signs too; the longest that a receiver may put off a delivery. [Q11.3] [Q11.6] */
  formerSecret: 24 * 3600 * 1000,
  retryAfter: 24 * 3600 * 1000,
  /** The largest `maxRounds` of a rule. */
  maxRounds: 1_000_000_000,
  /** The longest duration in settings, ms. */
  duration: 366 * 24 * 3600 * 1000,
  /** The shortest, longest and usual time that a lease lasts, ms. [Q5.1] */
  leaseMin: 1000,
  leaseMax: 24 * 3600 * 1000,
  leaseDefault: 30_000,
} as const;

/** What an agent may say that it is. [Q5.13] */
export const agentKinds = ['person', 'program', 'model'] as const;

/** Names of seats given to proposals without identity; no agent may take such a name. */
export const seatPrefix = 'seat-';

/** Whether a group or agent may be called this: a-z or 0-9 first, then also . _ -, at most `limits.nameLength` characters. [Q5.10] */
export function isName(text: string): boolean {
  if (text.length === 0 || text.length > limits.nameLength) return false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    const alphanumeric = (c >= 97 && c <= 122) || (c >= 48 && c <= 57);
    const punctuation = c === 45 || c === 46 || c === 95;
    if (!alphanumeric && !(i > 0 && punctuation)) return false;
  }
  return true;
}
