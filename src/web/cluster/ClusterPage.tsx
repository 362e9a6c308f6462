import { useEffect } from 'preact/hooks';
import type { ClusterJson } from '../../client/index.ts';
import { Mark } from '../parts/Mark.tsx';
import { Page } from '../parts/Page.tsx';
import { Problem } from '../parts/Problem.tsx';
import { asksToken, TokenField } from '../parts/TokenField.tsx';
import { words } from '../words/index.ts';
import type { Demo } from './demo.ts';
import { lanesOf } from './lanes.ts';
import { Pace } from './Pace.tsx';
import { Members, Servers } from './Tables.tsx';
import { TryIt } from './TryIt.tsx';
import type { ClusterState } from './watch-cluster.ts';

interface ClusterPageProps {
  readonly state: ClusterState;
  /** The demo that runs the cluster; null where it is none. */
  readonly demo: Demo | null;
}

/** The servers on the log, how far each is, and the members that keep it. */
export function ClusterPage({ state, demo }: ClusterPageProps) {
  const told = state.now.value;
  const problem = state.problem.value;
  const hasRail = demo !== null || (told !== null && told.members.length > 0);
  useEffect(() => {
    document.title = words.frame.title(words.frame.cluster);
  }, []);
  return (
    <Page here="cluster">
      <h1>{words.frame.cluster}</h1>
      {problem !== null && (
        <>
          <Problem problem={problem} />
          {asksToken(problem) && <TokenField group={null} onGiven={() => {}} />}
        </>
      )}
      {told !== null && problem === null && <State told={told} />}
      {told !== null && problem === null && <Lanes told={told} />}
      <div class="columns">
        <div class="stack">
          {told !== null && problem === null && (
            <>
              <Servers told={told} />
              <Pace told={told} />
            </>
          )}
        </div>
        {hasRail && (
          <div class="rail">
            {told !== null && told.members.length > 0 && <Members members={told.members} />}
            {demo !== null && <TryIt demo={demo} told={told} />}
          </div>
        )}
      </div>
    </Page>
  );
}

function State({ told }: { readonly told: ClusterJson }) {
  const say = words.cluster.head;
  const { members, quorum, queued, head } = told;
  const up = members.filter(({ isUp }) => isUp);
  const down = members.filter(({ isUp }) => !isUp).map(({ name }) => name);
  const leader = up.find(({ role }) => role === 'leader');
  const isAlone = members.length === 0;
  return (
    <section class={quorum ? 'head' : 'head failed'} aria-label={say.label}>
      <Mark state="WAITING" present={isAlone ? 1 : up.length} of={isAlone ? 1 : members.length} />
      <div>
        <p>
          <span class={quorum ? 'state' : 'state failed'}>
            {isAlone ? say.oneServer : say.quorum(quorum)}
          </span>{' '}
          <span class="small">{say.log[told.log.kind]}</span>
        </p>
        <p class="big" role="status">
          {isAlone ? (
            <>
              1 <small>{say.server}</small>
            </>
          ) : (
            <>
              {words.count(up.length)} <small>{say.up(members.length)}</small>
            </>
          )}
        </p>
      </div>
      <p class="clock">
        <b>{words.count(head)}</b> {say.index}
      </p>
      <p class="say why">
        {isAlone
          ? say.alone[told.log.kind === 'memory' ? 'memory' : 'file']
          : say.why({ quorum, down, up: up.length, of: members.length, isElecting: leader === undefined })}
        {queued > 0 && ` ${say.queued(queued)}`}
      </p>
    </section>
  );
}

function Lanes({ told }: { readonly told: ClusterJson }) {
  const say = words.cluster.lanes;
  const { from, lanes } = lanesOf(told.servers, told.head);
  return (
    <section class="part" aria-labelledby="lanes">
      <h2 id="lanes">{say.title(from)}</h2>
      <div class="log" role="img" aria-label={lanes.map(say.lane).join(' ')}>
        {lanes.map(({ name, kind, to, index }) => (
          <div class="row" key={name}>
            <b>{name}</b>
            <span class="lane">
              <i class={kind} style={{ '--to': to }} />
            </span>
            <span class="num">{words.count(index)}</span>
          </div>
        ))}
      </div>
    </section>
  );
}
