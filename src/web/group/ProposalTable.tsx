import type { AgentJson, ProposalJson, RoundJson } from '../../client/index.ts';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';

const say = words.group.table;

interface TableProps {
  readonly round: RoundJson;
  readonly proposals: readonly ProposalJson[];
  readonly agents: readonly AgentJson[];
}

/** Every proposal that the round shows, as a table. */
export function ProposalTable({ round, proposals, agents }: TableProps) {
  const kinds = new Map(agents.map(({ agent, kind }) => [agent, kind]));
  const hasKinds = proposals.some(({ agent }) => kinds.get(agent) != null);
  const openedAt = Date.parse(round.openedAt);
  const caption =
    proposals.length < round.present
      ? say.captionSome(round.round, proposals.length)
      : say.caption(round.round);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways is reached with the keyboard
    <section class="scroll astable" tabIndex={0} aria-label={say.region}>
      <table class="table">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{say.agent}</th>
            {hasKinds && <th scope="col">{say.kind}</th>}
            <th scope="col" class="num">
              {say.value}
            </th>
            <th scope="col" class="num">
              {say.after}
            </th>
            <th scope="col" class="num">
              {say.index}
            </th>
          </tr>
        </thead>
        <tbody>
          {proposals.map((one) => (
            <tr key={one.agent}>
              <th scope="row">{one.name ?? one.agent}</th>
              {hasKinds && <td>{words.kind(kinds.get(one.agent) ?? '')}</td>}
              <td class="num mono">{shownValue(round, one)}</td>
              <td class="num">
                {one.time !== null && words.clock.duration(Date.parse(one.time) - openedAt)}
              </td>
              <td class="num">{one.index !== null && words.count(one.index)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function shownValue({ options }: RoundJson, { value, abstain }: ProposalJson): string {
  if (abstain === true) return say.abstained;
  return value === undefined ? say.notShown : valueText(value, options);
}
