import type { ClusterJson, LogMemberJson, ServerJson } from '../../client/index.ts';
import { words } from '../words/index.ts';
import { indexNow } from './lanes.ts';

/** The servers and the members of the log's store, as tables. */

const number = (n: number | null): string => (n === null ? '-' : words.count(n));

export function Servers({ told }: { readonly told: ClusterJson }) {
  const say = words.cluster.servers;
  return (
    <section class="part" aria-labelledby="servers">
      <h2 id="servers">{say.title}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <section class="scroll" tabIndex={0} aria-label={say.region}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{say.server}</th>
              <th scope="col">{say.state}</th>
              <th scope="col" class="num">
                {say.index}
              </th>
              <th scope="col" class="num">
                {say.behind}
              </th>
              <th scope="col" class="num">
                {say.streams}
              </th>
              <th scope="col" class="num">
                {say.votes}
              </th>
            </tr>
          </thead>
          <tbody>
            {told.servers.map((server) => (
              <tr key={server.name}>
                <th scope="row">
                  {server.name} {server.name === told.server && <small>{say.thisPage}</small>}
                </th>
                <td class="keep">
                  <StateOf server={server} />
                </td>
                <td class="num">{number(indexNow(server, told.head))}</td>
                <td class="num">{number(server.behind)}</td>
                <td class="num">{number(server.streams)}</td>
                <td class="num">{number(server.votesPerSecond)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function StateOf({ server: { state, since } }: { readonly server: ServerJson }) {
  const say = words.cluster.servers;
  if (state === 'serving') return <>{say.serving}</>;
  if (state === 'unknown' || since === null) return <>{say.unknown}</>;
  return <b>{say.silent(new Date(since))}</b>;
}

export function Members({ members }: { readonly members: readonly LogMemberJson[] }) {
  const say = words.cluster.members;
  return (
    <section class="part" aria-labelledby="members">
      <h2 id="members">{say.title}</h2>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{say.member}</th>
            <th scope="col">{say.role}</th>
            <th scope="col" class="num">
              {say.term}
            </th>
          </tr>
        </thead>
        <tbody>
          {members.map((member) => (
            <tr key={member.name}>
              <th scope="row">{member.name}</th>
              <td>
                <RoleOf member={member} />
              </td>
              <td class="num">{number(member.term)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function RoleOf({ member: { isUp, role, term } }: { readonly member: LogMemberJson }) {
  const say = words.cluster.members;
  if (isUp && role === 'leader') return <b>{say.roles.leader}</b>;
  if (isUp) return say.roles[role ?? 'follower'];
  return (
    <>
      <b>{say.down}</b>
      {role === 'leader' && term !== null && say.led(term)}
    </>
  );
}
