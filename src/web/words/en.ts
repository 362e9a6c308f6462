import type { WebhookJson } from '../../client/index.ts';
import type { OutcomeReason } from '../../core/types.ts';
import type { Lane } from '../cluster/lanes.ts';
import type { Happening } from '../group/audit.ts';
import type { Said } from '../group/messages.ts';
import type { Seat } from '../group/seats.ts';
import type { Told } from './explained.ts';
import { formats } from './formats.ts';
import type { Closed, Closing, Majority, Sentence, Share, Waiting, What } from './given.ts';

/** Numbers, times and lists as English writes them. */
const { count, some, time, duration, span, left, seconds, percent } = formats('en-GB', {
  others: (n) => `${n} more`,
  minute: ['minute', 'minutes'],
  hour: ['hour', 'hours'],
  day: ['day', 'days'],
});

const seatStates = {
  in: 'in',
  missing: 'missing',
  absent: 'absent',
  waived: 'waived',
  later: 'asked only if the others cannot agree',
} as const;

const inRound = (round: number | null): string => (round === null ? '' : `, round ${count(round)}`);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const decided = {
  proposed: '',
  median: '; the median of them is decided',
  mean: '; the mean of them is decided',
};

const field = (at: string | null): string => (at === null ? '' : ` at ${at}`);

/** How many deliveries are in each state. */
type Deliveries = Pick<WebhookJson, 'delivered' | 'pending' | 'failed'>;

const most = (rounds: number | null): string => (rounds === null ? '.' : `, ${count(rounds)} at most.`);

/** Every text of the pages, in English. States (WAITING, SUCCESS, FAILED) are words of the protocol and stand as they are. */
export const words = {
  count,
  some,
  time,
  span,
  /** A value as it is shown: JSON on one line. */
  value: (value: unknown): string => JSON.stringify(value),

  /** Why a round ended so, in a word or two. */
  reason: (reason: OutcomeReason | null): string => reason ?? '',
  /** What an agent is: a person, a program, a model. */
  kind: (kind: string): string => kind,
  /** Why a round stands or ended so, as `explain` says it; null: the server's words are best. */
  explained: (_round: Told): string | null => null,
  /** What went wrong and what to do, by the code of an error; null: the server's words are best. */
  problem: (_code: string): readonly [string, string] | null => null,

  frame: {
    title: (page: string): string => `${page} - Quorate`,
    skip: 'To the page',
    pages: 'Pages',
    groups: 'Groups',
    play: 'Play',
    cluster: 'Cluster',
    create: 'New group',
    docs: 'API',
  },

  contact: {
    beginning: 'connecting',
    live: 'live',
    lost: (since: Date): string => `No contact since ${time(since)}`,
    index: (index: number): string => `index ${count(index)}`,
  },

  clock: {
    until: 'until the deadline',
    duration,
    left: (ms: number): string => `${duration(ms)} left`,
    /** Said once each. */
    spoken: { minute: '1 minute left', seconds: '10 seconds left' },
  },

  code: {
    copy: 'Copy',
    copied: 'Copied',
    press: 'Press Ctrl+C',
    copyWhat: (what: string): string => `Copy ${what}`,
  },

  qr: (address: string): string => `QR code of ${address}`,

  head: {
    label: 'State',
    in: (present: number, of: number): string => `${count(present)} of ${count(of)} in`,
    agreedOn: 'Agreed on',
    noAgreement: 'No agreement',
  },

  overview: {
    title: 'Groups',
    search: 'Search by name or title',
    show: 'Show',
    shows: { all: 'All', open: 'Open', mine: 'Needs my vote', failed: 'Failed', decided: 'Decided' },
    round: 'round',
    needsYourVote: 'needs your vote',
    columns: {
      group: 'Group',
      state: 'State',
      round: 'Round',
      who: 'In, and who is missing',
      left: 'Time left',
      last: 'Last closed',
    },
    /** Who is missing of a round that waits, by name, the reader first; `me` is the reader's name in the group. */
    missing: (round: Waiting, me: string | null): string => {
      const { missing, moreMissing = 0 } = round;
      const isMe = me !== null && missing.includes(me);
      const names = isMe ? ['you', ...missing.filter((name) => name !== me)] : missing;
      return `${some(names, 4, moreMissing)} missing`;
    },
    /** Rows `from` to `to` of those that were found, of all. */
    shown: (from: number, to: number, found: number, all: number): string => {
      const which = found === all ? count(all) : `${count(found)} found, of ${count(all)}`;
      const rows = from === 1 ? count(to) : `${count(from)} to ${count(to)}`;
      return `${rows} of ${which} shown, those that wait first. The list follows the log by itself.`;
    },
    none: (all: number): string => `None of ${count(all)} groups is like that.`,
    notForAll: 'This server shows the list of its groups to its administrator only.',
    byLink: 'Open the link of a group that you were given, or show that you are the administrator.',
    before: (n: number): string => `Show the ${count(n)} before`,
    next: (n: number): string => `Show the next ${count(n)}`,
  },

  empty: {
    lead: 'No groups yet. Start with three agents and one number.',
    each: '1. Each puts forward a value',
    eachSay: 'Nobody sees the others until all are in. An open square is a seat that is missing.',
    another: '2. Nothing equal: another round',
    anotherSay: 'The round is FAILED and stays readable. The next one opens in the same moment.',
    decided: '3. Two of three equal: decided',
    decidedSay: 'SUCCESS, with the value and who stood behind it. It is in the log before anybody is told.',
    commandLine: 'The same from the command line',
    command: (server: string): string =>
      `npx quorate group create lunch --electorate ann,bob,cy --threshold 2 --url ${server}`,
    theCommand: 'the command',
    curl: 'The same with curl',
    curlLine: (server: string): string =>
      `curl -X PUT ${server}/v1/groups/lunch -H 'content-type: application/json' -d '{"rule": {"electorate": {"agents": ["ann", "bob", "cy"]}, "threshold": 2}}'`,
    theCurlLine: 'the curl line',
  },

  three: {
    button: 'Watch three agents agree',
    title: 'Three agents, one number',
    label: 'Three agents',
    about: (round: number): string => `round ${count(round)}, blind`,
    closed: ({ round, state, tally }: Closed): string => {
      const values = (tally ?? []).map(
        ({ value, agents }) => `${agents.join(' and ')} ${JSON.stringify(value)}`,
      );
      return `round ${count(round)} ${state}: ${values.join(', ')}`;
    },
    open: (name: string): string => `Open ${name}`,
  },

  cluster: {
    head: {
      label: 'State of the cluster',
      oneServer: 'ONE SERVER',
      server: 'server',
      up: (of: number): string => `of ${count(of)} members up`,
      log: { memory: 'log in memory', file: 'log in files of its machine', etcd: 'log on etcd' },
      /* Stands as it is in every language, as WAITING does. */
      quorum: (quorum: boolean): string => (quorum ? 'QUORUM' : 'NO QUORUM'),
      index: 'index of the log',
      alone: {
        memory:
          'This log is in the memory of one server: there is no cluster, and all is lost when the server stops.',
        file: 'This log is on the disk of one machine: there is no cluster. What was acknowledged is still there after a power cut.',
      },
      why: ({ quorum, down, up, of, isElecting }: Majority): string => {
        const are = down.length === 1 ? 'is' : 'are';
        if (!quorum)
          return `${some(down)} ${are} down, so there is no majority: votes wait, and nothing that was acknowledged is lost.`;
        if (isElecting) return 'A majority is there and elects a leader: votes wait until it has.';
        if (down.length === 0) return 'All members are up.';
        const spare = 2 * (up - 1) > of;
        const more = spare ? 'One more may be lost.' : 'Losing one more would stop them, and lose nothing.';
        return `A majority is there, so votes are taken. ${some(down)} ${are} down. ${more}`;
      },
      queued: (n: number): string => (n === 1 ? '1 vote waits here.' : `${count(n)} votes wait here.`),
    },
    lanes: {
      title: (from: number): string =>
        `How far each server has applied the log, from entry ${count(from)} on`,
      lane: ({ name, kind, index, behind }: Lane): string =>
        kind === 'stopped'
          ? `${name} stopped at ${count(index)}, ${count(behind)} behind.`
          : `${name} at ${count(index)}, ${behind === 0 ? 'no lag' : `${count(behind)} behind`}.`,
    },
    servers: {
      title: 'Servers',
      region: 'Servers, table',
      server: 'Server',
      state: 'State',
      index: 'Index',
      behind: 'Lag',
      streams: 'Streams',
      votes: 'Votes/s',
      thisPage: 'this page',
      serving: 'serving',
      unknown: 'not heard of',
      silent: (since: Date): string => `silent since ${time(since)}`,
    },
    pace: {
      title: 'The last minute',
      drawn: (rate: number, gapMs: number | null): string =>
        `Entries a second over the last minute: about ${count(Math.round(rate))}${gapMs === null ? '' : `, none for ${seconds(gapMs)}`}.`,
      seconds,
      pause: (from: Date, next: number): string =>
        `was the longest time without an entry, at ${time(from)}. The next index was ${count(next)}:`,
      none: 'none is missing.',
      quiet: (ms: number): string => `No entry for ${seconds(ms)} now.`,
    },
    members: {
      title: 'etcd',
      member: 'Member',
      role: 'Role',
      term: 'Term',
      roles: { leader: 'leader', follower: 'follower', learner: 'learner' },
      down: 'down',
      led: (term: number): string => `, led term ${count(term)}`,
    },
    tryIt: {
      title: 'Try it',
      what: 'This is a demo cluster. Take a part away and watch the votes go on.',
      kill: (name: string): string => `Kill ${name}`,
      killLeader: 'Kill the leader',
      start: (name: string): string => `Start ${name} again`,
      failed: 'That did not happen: the demo did not answer.',
    },
  },

  webhooks: {
    title: 'Webhooks',
    counts: ({ delivered, pending, failed }: Deliveries): string =>
      `${count(delivered)} told, ${count(pending)} waiting, ${count(failed)} given up.`,
    failed: (why: string): string => `The last attempt failed: ${why}.`,
    next: (date: Date): string => `The next is due at ${time(date)}.`,
    test: 'Test',
    again: 'Send again',
  },

  group: {
    crumb: 'Groups',
    vote: 'Vote',
    press: 'Your vote:',
    wall: 'Wall view',
    diagram: 'As a diagram',
    titleOpen: (name: string, present: number, of: number): string =>
      `${name}: ${count(present)} of ${count(of)} in`,
    titleClosed: (name: string, value: string | null): string =>
      value === null ? `${name}: no agreement` : `${name}: agreed on ${value}`,

    head: {
      about: (round: number, reveal: 'close' | 'live' | 'never'): string =>
        `round ${count(round)}, ${{ close: 'blind', live: 'values shown', never: 'values never shown' }[reveal]}`,
      closed: (round: number, reason: OutcomeReason | null): string =>
        `round ${count(round)}, ${reason ?? ''}`,
      of: (of: number): string => `of ${count(of)} in`,
      gathering: 'Waiting for agents',
      open: (ms: number, closedAt: Date): [string, string] => [
        duration(ms),
        `open, closed ${time(closedAt)}`,
      ],
    },

    timers: {
      label: 'Timers of this round',
      open: 'open for ',
      minWait: (ms: number): string => `minimum wait ${duration(ms)} `,
      lastCall: 'last call ',
      deadline: 'deadline ',
      in: (ms: number): string => `in ${duration(ms)}`,
      passed: 'passed',
      atDeadline: {
        fail: ', then it has failed',
        decide: ', then those who are in decide',
        default: ', then the default',
      },
    },

    seats: {
      title: 'Seats',
      you: 'you',
      state: (state: Seat['state']): string => seatStates[state],
      hidden: 'hidden',
      notShown: 'not shown',
      in: 'in,',
      abstained: 'in, abstained',
      live: (ms: number): string => `live, lease ${left(ms)}`,
      soon: (ms: number): string => `lease runs out in ${left(ms)}`,
      ranOut: 'lease ran out, may come back',
      came: 'after',
      after: (ms: number): string => duration(ms),
      parts: (roles: readonly string[]): string => `of ${some(roles)}`,
      waived: (reason: string): string => `waived: ${reason}`,
      free: (n: number): string => (n === 1 ? 'a free seat' : `${count(n)} free seats`),
      anybody: 'for whoever comes first',
      folded: (n: number): string => `${count(n)} who are in`,
      more: (n: number): string => `and ${count(n)} more`,
      joined: (names: readonly string[]): string => `Joined so far: ${some(names, 12)}.`,
      watching: (names: readonly string[]): string =>
        `${some(names)} ${names.length === 1 ? 'watches and has' : 'watch and have'} no seat in this round.`,
    },

    tally: {
      title: 'What they proposed',
      soFar: 'Proposed so far',
      as: 'Show as',
      bars: 'Bars',
      table: 'Table',
      nothing: 'Nobody proposed a value.',
      value: ([from = 'not shown', to]: readonly string[]): string =>
        to === undefined ? from : `${from} to ${to}`,
      decide: (need: number): string => (need === 1 ? '1 decides' : `${count(need)} decide`),
      weight: (weight: number, of: number): string => `${count(weight)} of ${count(of)}`,
      weighed: 'Each agent is as wide as it weighs.',
      vetoed: (agents: readonly string[]): string => `veto of ${some(agents)}`,
      row: (text: string, weight: string, who: string, veto: string | null): string =>
        `${[`${text}: ${weight}`, who, veto ?? ''].filter((part) => part !== '').join(', ')}.`,
      names: (agents: readonly string[], more: number, most: number): string => some(agents, most, more),
      moreValues: (n: number): string => `${count(n)} other ${n === 1 ? 'value' : 'values'}`,
    },

    parts: {
      title: 'Part by part',
      about: (rule: string, otherwise: string | null): string =>
        otherwise === null
          ? `Decided by ${rule}.`
          : `Decided by ${rule}; where they cannot agree, by ${otherwise}.`,
      in: (present: number, of: number): string => `${count(present)} of ${count(of)} in`,
      reached: 'reached',
      notReached: 'not reached',
      otherwise: 'only where the others cannot agree',
      nobody: 'Nobody of this part proposed a value.',
    },

    table: {
      region: 'Proposals as a table',
      caption: (round: number): string => `Round ${count(round)}, every proposal`,
      captionSome: (round: number, shown: number): string =>
        `Round ${count(round)}, the first ${count(shown)} proposals`,
      agent: 'Agent',
      kind: 'Kind',
      value: 'Value',
      after: 'In after',
      abstained: 'abstained',
      notShown: 'not shown',
      index: 'Index',
    },

    facts: {
      title: 'As numbers',
      median: 'Median',
      mean: 'Mean',
      spread: 'Spread',
      to: (min: string, max: string): string => `${min} to ${max}`,
      andMore: (values: string, n: number): string => `${values} and ${count(n)} other values`,
      agreement: 'Agreement',
      in: 'In',
      of: (n: number, of: number): string => `${count(n)} of ${count(of)}`,
      axis: (values: string, median: string): string => `${values}; the median is ${median}`,
      times: (value: string, n: number): string => (n === 1 ? `${value} once` : `${value} ${count(n)} times`),
      medianMark: 'median',
    },

    written: { title: 'What they wrote', dissent: 'dissent', veto: 'veto', noNote: 'no note' },

    claim: {
      title: 'Claim',
      held: 'acts on this decision.',
      spent: 'has acted on this decision. Nobody can do so again.',
      free: 'The claim was given back, or its lease ran out. Whoever is next gets a higher fence.',
      by: 'As',
      fence: 'Fence',
      lease: 'Lease ends in',
      left: (ms: number): string => left(ms),
      result: 'Result:',
      giveBack: 'Give the claim back',
      givingBack: 'For a holder that is stuck: another may act at once, while this one may still be at work.',
    },

    absent: {
      missing: (names: readonly string[]): string => `Never came: ${some(names, 12)}.`,
      unasked: (names: readonly string[]): string => `Did not have to be asked: ${some(names, 12)}.`,
      waived: (agent: string, reason: string): string => `${agent} was waived: ${reason}`,
    },

    before: {
      label: (round: number): string => `Round ${count(round)}`,
      agreed: (value: string): string => `agreed on ${value}`,
      failed: (reason: string): string => `no agreement: ${reason}`,
    },

    rounds: {
      title: 'Rounds',
      gathering: 'gathering',
      keys: '← and → step through them',
      earlier: 'earlier',
      latest: 'Show the latest round',
      decided: (value: string): string => `= ${value}`,
    },

    messages: {
      title: 'Messages',
      withheld: 'a message for others',
      to: (to: readonly string[]): string => `to ${some(to)}`,
      reply: (offset: number): string => `answers ${count(offset)}`,
      acknowledged: ({ acknowledgements, stability }: NonNullable<Said['message']>): string | null => {
        if (acknowledgements === null) return null;
        const { acknowledged, recipients, waiting } = acknowledgements;
        const names = some(waiting.agents, 4, waiting.count - waiting.agents.length);
        if (acknowledged.count === recipients) return `acknowledged by all ${count(recipients)}`;
        const by = `acknowledged by ${count(acknowledged.count)} of ${count(recipients)}`;
        if (stability === 'impossible') return `${by}, never by enough`;
        return waiting.count === 0 ? by : `${by}, not yet by ${names}`;
      },
    },

    may: {
      title: 'You may',
      close: 'Close now',
      extend: (ms: number): string => `Extend by ${count(ms / 60_000)} min`,
      open: (round: number): string => `Open round ${count(round)}`,
      closing: (present: number, floor: number): string =>
        present < Math.max(1, floor)
          ? `Close now: ${present === 0 ? 'nobody is' : `only ${count(present)} of ${count(floor)} needed are`} in, so the round fails. It cannot be taken back.`
          : `Close now: the ${count(present)} who are in decide. It cannot be taken back.`,
      extended: (until: Date): string => `The deadline is now ${time(until)}.`,
      waived: (agent: string): string => `${agent} is waived: the round goes on without it.`,
      failed: 'Nothing was changed.',
      unknown: 'No answer came: look at the round before you try again.',
    },

    waive: {
      title: 'Waive a seat',
      seat: 'Seat',
      reason: 'Why, for everybody to see',
      button: (agent: string): string => `Waive ${agent}`,
    },

    rule: {
      changed: (round: number): string =>
        `Round ${count(round)} has this rule. The group has had another since, for the rounds after it.`,
    },

    share: {
      title: 'Let others in',
      vote: 'Scan it, or open the link, to vote.',
      onlyHere:
        'Only this machine reaches this address. To let phones in, start the server like this, and open the address that it prints:',
      invited:
        'Only who is invited can vote, each with a link of their own. Who has the key of the group makes one:',
      command: 'the command',
      link: 'the link',
      csv: 'Rounds as CSV',
      proposals: 'Proposals as CSV',
    },

    kept: {
      title: 'Kept as',
      index: 'Index',
      revision: 'Revision',
      once: 'This outcome was written once. No server will ever show another.',
      link: 'the link to this round',
      json: 'This round as JSON',
    },

    audit: {
      title: 'Audit',
      region: 'Audit list',
      index: 'Index',
      time: 'Log time',
      what: 'What happened',
      all: (n: number): string => `Show all ${count(n)}`,
      by: (by: string | null): string => by ?? 'the manager',
      line: (happening: Happening): [string | null, string] => {
        switch (happening.what) {
          case 'opened':
            return [null, 'the round opened'];
          case 'closed':
            return [null, `the round closed as ${happening.state}, ${happening.reason}`];
          case 'proposed':
            return [happening.agent, 'proposed'];
          case 'changed':
            return [happening.agent, 'changed its proposal'];
          case 'joined':
            return [happening.agent, 'joined'];
          case 'left':
            return [happening.agent, 'left'];
          case 'expired':
            return [happening.agent, 'is absent: its lease ran out'];
          case 'renamed':
            return [happening.agent, 'changed its name or role'];
          case 'waived':
            return [
              happening.agent,
              `was waived by ${words.group.audit.by(happening.by)}: ${happening.reason}`,
            ];
          case 'deadline':
            return [
              null,
              happening.times === 1
                ? `the deadline was set by ${words.group.audit.by(happening.by)}`
                : `the deadline was set by ${words.group.audit.by(happening.by)}, the last of ${count(happening.times)} times`,
            ];
          case 'claimed':
            return [happening.holder ?? 'somebody', `claimed the decision, fence ${count(happening.fence)}`];
          case 'spent':
            return [happening.holder, 'has acted on it, and said so'];
          case 'claim-released':
            return [null, `the claim with fence ${count(happening.fence)} was given back`];
          case 'claim-lapsed':
            return [null, `the lease of the claim with fence ${count(happening.fence)} ran out`];
          case 'claim-ended':
            return [null, `the claim with fence ${count(happening.fence)} ended without a result`];
        }
      },
    },
  },

  play: {
    server: 'server',
    sides: { exercise: 'The exercise as it was', quorate: 'Quorate' },

    chapters: {
      label: 'Chapters',
      deadlock: {
        link: '1. The deadlock',
        small: 'a batch that nobody judged',
        title: 'Why a round needs a number',
        say: [
          'Agents draw until two numbers are equal. On both sides the same seed moves the same messages. Left, ',
          'FAILED is shared, and a full batch is thrown away',
          ' while somebody has not read it. Right, the next round is open already.',
        ],
      },
      itself: {
        link: '2. Agreeing with oneself',
        small: 'three posts, one agent',
        title: 'Why a vote needs a name',
        say: [
          'A post to the exercise does not say who sends it. Left, ',
          'one agent that posts several times is counted as several',
          ', and agrees with itself. Right, an agent has one vote in a round, however often it posts.',
        ],
      },
      'lost-reply': {
        link: '3. A lost reply',
        small: 'send again, safely',
        title: 'Why sending again must change nothing',
        say: [
          'One reply is lost on its way, and its agent sends the same again. Left, ',
          'the same number is counted twice',
          '. Right it is counted once, and the answer is the same.',
        ],
      },
      free: {
        link: 'Free play',
        small: 'your agents, your faults',
        title: 'Your agents, your faults',
        say: [
          'Choose how many agents there are and what goes wrong. ',
          'Press a message to lose it, delay it or send it twice',
          ': both sides follow.',
        ],
      },
    },

    player: {
      label: 'Steps',
      toStart: 'To the start',
      back: 'One step back',
      play: 'Play',
      pause: 'Pause',
      on: 'One step on',
      step: 'Step',
      of: (step: number, of: number): [string, string, string] => ['step ', count(step), ` of ${count(of)}`],
      valueText: (step: number, of: number, what: string): string =>
        `step ${count(step)} of ${count(of)}: ${what}`,
      bothSides: (left: string, right: string): string => `left, ${left} right, ${right}`,
      seed: (seed: number): string => `seed ${seed}`,
      another: 'Another',
      keys: 'Space plays, ← and → step',
    },

    label: (what: string, isCopy: boolean, isStale: boolean): string =>
      isStale ? `${what} (too late)` : isCopy ? `${what} (twice)` : what,

    content: {
      post: (value: string, round: number | null): string =>
        round === null ? `post ${value}` : `post ${value} (${count(round)})`,
      without: { hidden: 'post, hidden', abstain: 'abstains' },
      ask: (round: number | 'latest' | null): string =>
        typeof round === 'number' ? `round ${count(round)}?` : 'state?',
      taken: 'taken',
    },

    notes: {
      retry: 'sends again',
      crash: 'crashes',
      restart: 'starts again',
      in: (present: number, of: number): string => `${count(present)} of ${count(of)} in`,
      thrownAway: (n: number): string => `${count(n)} thrown away`,
      reset: (n: number): string => (n === 0 ? 'all have read' : `all have read, ${count(n)} in`),
      itself: (agent: string, value: string): string => `${value} = ${value}, both of ${agent}`,
      agreed: (value: string, n: number, round: number | null): string =>
        `${Array(Math.min(Math.max(n, 2), 3))
          .fill(value)
          .join(' = ')}, closed${inRound(round)}`,
      failed: (values: readonly string[], round: number | null): string =>
        values.length === 0 || values.length > 4
          ? `failed${inRound(round)}`
          : `${values.join(' ≠ ')}${inRound(round)}`,
      countedAgain: (agent: string): string => `${agent} is counted twice`,
      countedOnce: (agent: string): string => `${agent} is counted once`,
      forgot: 'all is forgotten',
      replayed: (n: number): string => `${count(n)} read from the log`,
    },

    doing: {
      posts: (number: string): string => `posts ${number}`,
      waits: (number: string | null): string => (number === null ? 'waits' : `waits, ${number}`),
      ended: (number: string): string => `has ${number}`,
      done: 'done',
      crashed: 'crashed',
    },

    ends: {
      agreed: (value: string, round: number | null): string =>
        round === null ? `Agreed on ${value}` : `Agreed on ${value} in round ${count(round)}`,
      deadlock: 'Deadlock: nobody will post again',
      waits: 'waits',
      wrong: (why: 'itself' | 'two-values' | 'different', value: string): string =>
        ({
          itself: `${value}: one agent agreed with itself`,
          'two-values': `${value}: but another number had enough as well`,
          different: 'All have ended, with different numbers',
        })[why],
      open: 'Not over yet',
      isOpen: (round: number): string => `Round ${count(round)} is open`,
      none: (round: number): string => `No agreement in round ${count(round)}`,
    },

    happens: {
      sends: (from: string, what: string, isCopy: boolean): string =>
        `${from} sends "${what}"${isCopy ? ' a second time' : ''}`,
      arrives: (from: string, to: string, what: string, isStale: boolean): string =>
        `${to} gets "${what}" from ${from}${isStale ? ', too late' : ''}`,
      through: (from: string, to: string, what: string): string => `${from} to ${to}: "${what}"`,
      lost: (from: string, to: string, what: string): string =>
        `${from} to ${to}: "${what}", lost on its way`,
    },
    /** All that happens in a step, as a sentence. */
    sentence: (parts: readonly string[]): string =>
      parts.length === 0 ? 'Nothing happens yet.' : `${parts.join('; ')}.`,

    diagram: {
      region: 'Diagram of messages',
      touchable: 'Diagram of messages: Enter changes the message of this step',
      story: (steps: readonly string[], end: string): string =>
        steps.length <= 40
          ? `${steps.join(' ')} ${end}.`
          : `${count(steps.length)} steps, listed below. First: ${steps.slice(0, 6).join(' ')} In the end: ${end}.`,
      list: 'The steps in words',
      brackets: 'A number in brackets is that of a round.',
      change: 'Change',
      svg: 'SVG',
    },

    menu: {
      label: (message: string): string => `What happens to: ${message}`,
      fates: {
        arrive: 'Let it arrive',
        drop: 'Lose it',
        delay: 'Delay it',
        duplicate: 'Send it twice',
        crash: 'Crash its receiver',
      },
      asItWas: 'As it was',
      close: 'Close',
    },

    count: {
      title: (n: number): string => `${count(n)} seeds, the same for both`,
      none: 'Many seeds, the same for both',
      say: 'The same agents and faults with other seeds: how often does it go wrong?',
      run: (n: number): string => `Run ${count(n)} seeds`,
      more: (n: number): string => `Run ${count(n)} more`,
      stop: 'Stop',
      running: (done: number, of: number): string => `${count(done)} of ${count(of)} done`,
      ends: {
        DEADLOCK: (of: number): string => `of ${count(of)} end in a deadlock`,
        WRONG: (of: number): string => `of ${count(of)} end wrongly`,
        failing: (of: number): string => `of ${count(of)} do not agree rightly`,
      },
      interval: (rate: number, from: number, to: number): string =>
        `${percent(rate)} %, 95 % interval ${percent(from)} to ${percent(to)} %`,
      others: (parts: readonly string[]): string => `In all: ${some(parts, 4)}`,
      kinds: {
        SUCCESS: (n: number): string => `${count(n)} agree`,
        DEADLOCK: (n: number): string => `${count(n)} deadlocks`,
        WRONG: (n: number): string => `${count(n)} wrong`,
        OPEN: (n: number): string => `${count(n)} not over in time`,
      },
      firstFailing: (seed: number): string => `Show seed ${seed}`,
    },

    shrink: {
      button: (seed: number): string => `Shrink seed ${seed}`,
      busy: 'Shrinking',
      none: 'Nothing can be taken from this run: it is as small as it gets.',
      went: (parts: readonly string[]): string => `It fails in the same way with less: ${some(parts, 12)}.`,
      parts: {
        agents: (from: number, to: number): string => `agents from ${count(from)} to ${count(to)}`,
        turns: (from: number, to: number): string => `turns from ${count(from)} to ${count(to)}`,
        max: (from: number, to: number): string => `the highest number from ${count(from)} to ${count(to)}`,
        fates: (from: number, to: number): string => `faults from ${count(from)} to ${count(to)}`,
      },
    },

    free: {
      label: 'Agents and faults',
      agents: 'Agents',
      quorum: 'Equal numbers that decide',
      max: 'Highest number',
      seed: 'Seed',
      loss: 'Loss',
      delay: 'Delay',
      duplication: 'Duplicates',
      crash: 'Crashes',
      percent: (n: number): string => `${n} %`,
      clients: 'Agents speak',
      clientKinds: { anonymous: 'as to the exercise', named: 'with name and round' },
      anonymous:
        'Who gives no name cannot ask again for a reply that was lost: it may wait for ever, on the right as well.',
      replies: 'Replies come',
      replyKinds: { 'at-once': 'at once', 'any-time': 'when they may' },
    },

    link: {
      copy: 'Copy link to this run',
      copied: 'Copied',
      press: 'Press Ctrl+C',
      bad: 'This link does not name a run in full',
      whole: (field: string, least: number, most: number): string =>
        `"${field}" is no whole number from ${count(least)} to ${count(most)}.`,
      oneOf: (field: string, allowed: readonly string[]): string =>
        `"${field}" is none of: ${allowed.join(', ')}.`,
      unreadable: (field: string, example: string): string =>
        `"${field}" is not written as it should be, such as ${example}.`,
      unknown: (field: string): string => `"${field}" names nothing that is here.`,
      first: 'The first chapter is shown instead.',
    },

    group: {
      title: (group: string): string => `${group} as a diagram`,
      say: 'Every proposal and every outcome of this group, as far as you may see them.',
      page: (group: string): string => `To the group ${group}`,
      left: (n: number): string => `${count(n)} more agents are left out.`,
      rounds: (from: number, to: number): string =>
        from === to ? `round ${count(from)}` : `rounds ${count(from)} to ${count(to)}`,
      earlier: 'Earlier rounds',
      later: 'Later rounds',
      reading: 'Reading the rounds',
      none: 'No round has been opened yet.',
    },
  },

  rule: {
    title: 'The rule',

    who: (much: string, { same, at, decide }: What): Sentence => [
      '',
      capital(much),
      ' must propose ',
      same,
      `${field(at)}${decided[decide]}.`,
    ],
    panels: (parts: string, { same, at, decide }: What, otherwise: string | null): Sentence => [
      '',
      parts,
      ' must propose ',
      same,
      `${field(at)}${decided[decide]}.${otherwise === null ? '' : ` Failing that, ${otherwise} decides.`}`,
    ],
    enough: {
      least: (n: number, whole: string): string => `at least ${count(n)} of ${whole}`,
      majority: (whole: string): string => `more than half of ${whole}`,
      'two-thirds': (whole: string): string => `two thirds of ${whole}`,
      unanimous: (whole: string): string => `all of ${whole}`,
      share: ({ num, den, strict }: Share, whole: string): string =>
        `${strict ? 'more than' : 'at least'} ${num}/${den} of ${whole}`,
    },
    wholes: {
      eligible: (n: number): string => count(n),
      live: (min: number, max: number): string =>
        `those who are live when the round opens, ${count(min)} to ${count(max)},`,
      present: 'those who take part',
      cast: 'those who propose a value',
    },
    leastWeight: (n: number): string => `agents with a weight of at least ${count(n)}`,
    ofWeight: (much: string): string => `agents with ${much}`,
    weights: {
      eligible: 'the weight',
      present: 'the weight of those who take part',
      cast: 'the weight of those who propose a value',
    },
    panel: (role: string, much: string): string => `${role} (${much})`,
    all: (parts: readonly string[]): string => parts.join(' and '),
    any: (parts: readonly string[]): string => parts.join(' or '),
    atLeast: (n: number, parts: readonly string[]): string => `at least ${count(n)} of ${parts.join(', ')}`,
    same: {
      exact: 'the same value',
      text: 'the same text, whatever its case and spaces',
      set: 'the same set, in any order',
      near: (within: readonly string[]): string => `numbers within ${within.join(' or ')} of each other`,
    },

    options: (offered: readonly string[], wins: readonly string[] | null): Sentence =>
      wins === null
        ? ['They choose among ', some(offered, 8), '.']
        : ['They choose among ', some(offered, 8), '; only ', some(wins, 8), ' can win.'],

    reveal: {
      live: (revote: boolean): Sentence => [
        'Values are shown ',
        'as they come',
        revote ? '; they may be changed until the close.' : '.',
      ],
      close: (revote: boolean): Sentence => [
        'Values stay hidden ',
        'until the close',
        `; who is in never is.${revote ? ' Until then everybody may change theirs.' : ''}`,
      ],
      never: (revote: boolean): Sentence => [
        'Values are ',
        'never shown',
        `; how many were equal is, at the close.${revote ? ' Until then everybody may change theirs.' : ''}`,
      ],
    },

    close: (closing: Closing, then: string, least: string): Sentence => {
      const { close, minWait, lastCall, deadline, fromFirst } = closing;
      const when = close === 'all' ? 'all are in' : 'nothing can change the outcome any more';
      const wait = minWait === null ? '' : `, after ${span(minWait)} at the soonest`;
      const call = lastCall === null ? '' : `, or ${span(lastCall)} after enough are in`;
      if (deadline === null) return ['The round closes when ', when, `${wait}${call}.${least}`];
      return [
        'The round closes when ',
        when,
        `${wait}${call}, or by its deadline of `,
        span(deadline),
        `${fromFirst ? ' from the first proposal on' : ''}${then}${least}`,
      ];
    },
    onDeadline: {
      fail: ', and then it has failed.',
      decide: ': then those who are in decide.',
      default: (value: string): string => `: then ${value} is decided.`,
    },
    least: (n: number, cast: number): string =>
      ` At least ${count(n)} must take part${cast === 0 ? '' : `, ${count(cast)} of them with a value`}.`,

    tie: {
      seeded: ['A tie is ', 'drawn', ', and anybody can repeat the draw.'] as Sentence,
      priority: (values: readonly string[]): Sentence => [
        'A tie goes to the first of ',
        some(values, 8),
        '.',
      ],
    },
    absent: ['Who is ', 'absent', ' at the close is not counted.'] as Sentence,
    veto: (agents: readonly string[]): Sentence => ['', some(agents, 8), ' can stop it with a veto.'],
    required: (agents: readonly string[]): Sentence => ['', some(agents, 8), ' must stand behind the value.'],
    next: {
      manual: (rounds: number | null): Sentence => ['The next round opens ', 'on request', most(rounds)],
      continuous: (rounds: number | null): Sentence => [
        'Each round is ',
        'followed by the next',
        most(rounds),
      ],
      'until-success': (rounds: number | null): Sentence => [
        'After a round that fails ',
        'the next one opens',
        most(rounds),
      ],
    },
  },

  token: {
    use: 'Use a token',
    label: { server: "Administrator's token", group: "Administrator's token or the group's key" },
    hint: 'Kept for this tab alone, never in the address. You can have it forgotten at the foot of the page.',
    notThis: 'The token that this tab sends does not allow it: give the page another.',
    wrong: 'This is no token: it has letters, digits and . _ ~ + / = - only, and no spaces.',
    button: 'Use the token',
    inUse: 'This tab sends the token that you gave it.',
    forget: 'Forget the token',
  },

  create: {
    start: 'Start from',
    plain: 'plain',
    /** What each preset is for; '' is none. */
    presets: {
      '': '3 agents, more than half decide, and another round until they do',
      classroom: '3 agents, 2 equal decide, rounds follow by themselves',
      majority: 'more than half, closes as soon as it is certain',
      unanimous: 'all must propose the same',
      panel: 'models or people, 2 minutes, then those present decide',
      gate: 'approve or reject, shown live, opened by hand, for who is invited',
      poker: 'estimate together, change your card until the close',
    } as Readonly<Record<string, string>>,

    parts: {
      who: 'Who decides',
      what: 'What they propose',
      when: 'When it closes',
      reveal: 'What is shown before the close',
      next: 'After the close',
      more: 'Who counts more',
      admission: 'Who may take part',
      advanced: 'More settings',
    },

    fields: {
      name: 'Name',
      title: 'Title',
      who: 'Who votes',
      agents: 'Agents',
      size: 'How many agents',
      least: 'At least this many live',
      most: 'At most',
      combine: 'What panels are needed',
      role: 'Panel',
      threshold: 'How many must be equal',
      floor: 'At least this many in',
      cast: 'At least this many values',
      of: 'The threshold counts',
      options: 'Options',
      wins: 'Options that can win',
      equality: 'Equal is',
      tolerance: 'At most so far apart',
      share: 'Or a share of the greater',
      decide: 'Decided is',
      part: 'Only this part is compared',
      minWait: 'Minimum wait',
      lastCall: 'Last call',
      deadline: 'Deadline',
      deadlineFrom: 'The deadline counts from',
      onDeadline: 'At the deadline',
      default: 'The default',
      close: 'It closes',
      reveal: 'Shown before the close',
      revote: 'Everybody may change theirs until the close',
      next: 'The next round',
      maxRounds: 'Rounds at most',
      tie: 'A tie',
      priority: 'In this order',
      weights: 'Weights',
      veto: 'Can stop it',
      required: 'Must stand behind it',
      absent: 'Who is absent',
      admission: 'Who may take part',
      mayClose: 'May close rounds',
      mayWaive: 'May waive seats',
      maySpend: 'May act on decisions',
      subjectHash: 'Hash of the subject',
      valueBytes: 'Bytes of a value at most',
      keepRounds: 'Rounds kept',
      keepMessages: 'Messages kept',
      keepIdle: 'Removed when unused for',
      more: 'More of the rule, as JSON',
    } as Readonly<Record<string, string>>,

    hints: {
      name: 'a-z, 0-9 and . _ - , at most 64',
      agents: 'Names with commas between them.',
      threshold: 'A number, majority, two-thirds, unanimous, or a share such as 3/4.',
      options: 'One a line; a label after it, as in 1 = Yes. Empty: anything.',
      wins: 'One a line. Empty: all of them.',
      part: 'A JSON pointer, such as /answer. Empty: the whole value.',
      lastCall: 'After enough are in.',
      weights: 'As in ann=2, bob=3; all others weigh 1.',
      veto: 'By proposing false or "veto".',
      mayClose: 'admin, agents (everybody), or names.',
      mayWaive: 'admin, or names.',
      maySpend: 'admin, agents, or names.',
      subjectHash: 'What exactly is decided on; another one opens a new round.',
      more: 'For what has no field; the fields go before it.',
    } as Readonly<Record<string, string>>,
    none: 'none',

    choices: {
      who: { agents: 'These agents', size: 'Any n agents', live: 'Whoever is live', parts: 'Panels' },
      equality: {
        exact: 'the same value',
        text: 'the same text, whatever its case and spaces',
        set: 'the same set, in any order',
        near: 'numbers near each other',
      },
      decide: { proposed: 'a number that was proposed', median: 'the median', mean: 'the mean' },
      close: { early: 'as soon as it is certain', all: 'only when all are in' },
      deadlineFrom: { open: 'the opening', 'first-proposal': 'the first proposal' },
      onDeadline: { fail: 'the round fails', decide: 'those present decide', default: 'a default is taken' },
      reveal: { close: 'Nothing but who is in', live: 'The tally, live', never: 'Never who proposed what' },
      next: {
        'until-success': 'opens after a failure',
        continuous: 'always opens',
        manual: 'opens on request',
      },
      tie: { fail: 'fails', seeded: 'is drawn', priority: 'goes to the first of' },
      of: { eligible: 'all electors', present: 'those who take part', cast: 'those who propose a value' },
      absent: { 'counts-against': 'still counts', excluded: 'is not counted' },
      admission: { open: 'Anybody', key: 'Who has the key', invite: 'Who is invited' },
      combine: { all: 'all of them', any: 'any of them' },
    } as Readonly<Record<string, Readonly<Record<string, string>>>>,
    atLeast: (n: number): string => `at least ${count(n)} of them`,

    panel: {
      nth: (n: number): string => `Panel ${count(n)}`,
      else: 'Decides when the panels cannot',
      add: 'Add a panel',
      addElse: 'Add who decides when they cannot',
      remove: (what: string): string => `Take ${what} out`,
    },

    inWords: 'The rule in words',
    command: 'The same command',
    theCommand: 'the command',
    curl: 'The same with curl',
    theCurlLine: 'the curl line',

    create: 'Create group',
    creating: 'Creating the group',
    contradict: 'these two settings contradict each other',
    unusable: 'one setting cannot be used as it is',
    unusableMany: (n: number): string => `${count(n)} things are still wrong`,
    noName: 'Give the group a name.',
    badName: 'A name begins with a-z or a digit and has only these and . _ - , at most 64.',
    taken: (name: string): string => `There is a group ${name} already: choose another name.`,
    refused: 'The group was not created.',
    unknown: 'No answer came. To press again is safe: it makes one group.',

    made: {
      title: (name: string): string => `${name} is there`,
      once: 'Its keys are shown here once, and kept nowhere. This tab sends the first until you have it forgotten.',
      joinKey: {
        key: 'Key: with it one joins, and manages the group',
        invite: 'Key: with it one manages the group and invites',
        byAdmin: 'Key: with it one reads the group',
        keyByAdmin: 'Key: with it one joins',
      },
      theKey: 'the key',
      observerKey: 'Key that only reads',
      theObserverKey: 'the key that only reads',
      vote: 'Link to vote, where one enters the key',
      theLink: 'the link',
      invites: 'A link for each, good for one person on one device',
      inviteOf: (agent: string): string => `the link of ${agent}`,
      inviting: (left: number): string => `${count(left)} links are still being made.`,
      tooMany: (n: number): string =>
        `${count(n)} agents are too many for this page. Invite each with: quorate invite GROUP AGENT`,
      another: 'Invite somebody',
      name: 'Name',
      invite: 'Make the link',
      failed: 'No link was made.',
      open: 'Open the group',
    },
  },

  wall: {
    seats: 'Seats',
    proposals: 'Proposals',
    left: 'left',
    round: 'round',
    index: 'index',
    vote: 'Vote at',
    scan: 'Scan to vote, or open',
    invited: 'Only who is invited can vote, each with a link of their own.',
  },

  vote: {
    title: (group: string): string => `Vote: ${group}`,
    round: (round: number): string => `round ${count(round)}`,
    youAre: 'you are',
    newHere: 'new here',
    notYou: (agent: string): string => `Not ${agent}?`,
    left: 'left',

    blind: 'Nobody sees your vote before the close.',
    live: 'Your vote is shown to the others at once.',
    sealed: 'Your vote stays hidden, also after the close.',

    cards: 'Your vote',
    abstain: 'abstain',
    other: 'Another value',
    number: 'Your number',
    value: 'Your value',
    valueHint: 'A number, a text, or JSON.',
    entryWrong: {
      empty: 'Write a value first.',
      'no-number': 'This is no number. Write it as 8 or 8.5.',
      'too-exact': 'This number has more digits than JSON keeps. Write it shorter, or as a text in quotes.',
    },
    chooseFirst: 'Choose a card first.',
    note: {
      close: 'Note, shown with your vote at the close',
      live: 'Note, shown with your vote',
    },

    propose: (label: string): string => `Propose ${label}`,
    proposeNothing: 'Propose',
    abstainButton: 'Abstain',
    change: 'Change',
    keep: (label: string): string => `Keep ${label}`,
    now: 'Now',

    in: (present: number, of: number): string => `${count(present)} of ${count(of)} in`,
    missing: (n: number, names: readonly string[]): string =>
      names.length === 0 ? `${count(n)} missing` : `${count(n)} missing: ${some(names, 3, n - names.length)}`,
    allIn: 'nobody missing',
    asOf: (since: Date): string => `as of ${time(since)}`,

    abstention: 'an abstention',
    sending: (label: string): string => `Sending ${label}`,
    sentOnce: 'counted once, also if you lock the phone',
    unconfirmed: 'Not confirmed yet',
    again: (seconds: number): string => `trying again in ${seconds} s`,
    trying: 'trying again now',
    durable: (index: number): string => `Durable at index ${count(index)}`,
    counted: (index: number): string => `Counted at index ${count(index)}`,
    inMemory: 'kept in memory only',
    shown: {
      close: (label: string): string => `${label}, hidden until the close`,
      live: (label: string): string => `${label}, shown to the others`,
      never: (label: string): string => `${label}, never shown`,
    },
    elsewhere: 'from another tab or device of yours',
    stillCounts: (label: string, index: number): string => `${label} counts, since index ${count(index)}`,

    lostVote: 'Your vote has not been confirmed. It is sent again by itself, and counted once.',
    notCounted: 'Your vote was not counted',
    changeNotCounted: 'Your change was not counted',
    tooLate: (round: number, at: Date | null): string =>
      at === null
        ? `Round ${count(round)} closed before it arrived.`
        : `Round ${count(round)} closed at ${time(at)}, before it arrived.`,
    nothingKept: 'Nothing of it was kept.',
    firstCounts: (label: string): string => `${label} counts, as before.`,
    fromNext: (round: number): string =>
      `This round began before you came in. You vote in round ${count(round)}.`,

    seat: {
      title: 'Who are you?',
      name: 'Your name',
      hint: 'The others see it. This browser keeps it for you.',
      seats: (names: readonly string[]): string => `${some(names, 12)} vote here.`,
      notOne: (names: readonly string[]): string =>
        `Only ${some(names, 12)} vote here. Take one of these names.`,
      as: (agent: string): string => `You vote as ${agent}.`,
      noName: 'A name has a letter of a-z or a digit in it.',
      key: 'Key of the group',
      take: 'Take the seat',
      asking: 'Asking for the seat',
      taken: (agent: string, since: Date): string =>
        `${agent} is taken since ${time(since)}, by another device.`,
      takenFix: 'Take another name, or vote on that device.',
      tryName: (agent: string): string => `Take ${agent}`,
      checking: 'Your invite is being checked.',
      used: (since: Date): string => `This invite was used at ${time(since)}, by another device or browser.`,
      usedFix: 'Vote there. If that was not you, ask at once for a new invite: it ends the old one.',
      wrong: 'This invite is not valid.',
      wrongFix:
        'Look whether the link is whole. If it is, it was revoked or replaced by a newer one: ask for another.',
      onlyInvited: 'This group is for who is invited.',
      onlyInvitedFix: 'Open the invite that you were sent.',
      none: (group: string): string => `There is no group ${group} here that you may see.`,
      noneFix: 'Open the invite that you were sent, or enter the key of the group.',
    },

    outcome: {
      agreedOn: 'Agreed on',
      none: 'No agreement',
      youToo: 'You too.',
      youElse: (label: string): string => `You proposed ${label}.`,
      all: 'See all proposals',
      next: (round: number): string => `Vote in round ${count(round)}`,
      open: (round: number): string => `Open round ${count(round)}`,
      waits: (round: number): string =>
        `Round ${count(round)} opens when somebody asks for it. This page goes on with it.`,
      over: 'This was the last round of the group.',
    },
  },
};

/** Every text that a language has, and the arguments of each. */
export type Words = typeof words;
