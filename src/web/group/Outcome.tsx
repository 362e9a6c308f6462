import type { AgentJson, Explanation, GroupJson, ProposalJson, RoundJson } from '../../client/index.ts';
import { Tally } from '../parts/Tally.tsx';
import { words } from '../words/index.ts';
import { barsOf } from './bars.ts';
import { entriesOf } from './entries.ts';
import { Figures } from './Figures.tsx';
import { PartTallies } from './PartTallies.tsx';
import { ProposalTable } from './ProposalTable.tsx';
import { partBarsOf } from './parts.ts';
import { Wrote } from './Wrote.tsx';

const say = words.group.tally;

interface OutcomeProps {
  readonly round: RoundJson;
  /** That the round has. */
  readonly rule: GroupJson['rule'];
  readonly proposals: readonly ProposalJson[];
  readonly explanation: Explanation | null;
  readonly agents: readonly AgentJson[];
}

/** What was proposed, as far as the round shows it: bars or a table, part by part, figures, and what agents wrote. */
export function Outcome({ round, rule, proposals, explanation, agents }: OutcomeProps) {
  const dissent = explanation?.dissent ?? null;
  const bars = barsOf(round, rule, dissent, proposals);
  const entries = entriesOf(round, proposals, rule.weights);
  if (bars === null || entries === null) return null;
  const names = new Map(proposals.map(({ agent, name = agent }) => [agent, name]));
  const parts = partBarsOf(round, rule, bars, proposals);
  return (
    <>
      <section class="part" aria-labelledby="tally">
        <div class="titlebar">
          <h2 id="tally">{round.state === 'WAITING' ? say.soFar : say.title}</h2>
          <ShowAs />
        </div>
        {bars.rows.length === 0 ? (
          <p class="bars">{say.nothing}</p>
        ) : (
          <Tally bars={bars} state={round.state} names={names} />
        )}
        <ProposalTable round={round} proposals={proposals} agents={agents} />
      </section>
      <PartTallies round={round} rule={rule} parts={parts} names={names} />
      <Figures round={round} bars={bars} entries={entries} />
      <Wrote round={round} proposals={proposals} dissent={dissent} veto={rule.veto} />
    </>
  );
}

/** Real radios: the style sheet hides what is not chosen. */
function ShowAs() {
  return (
    <fieldset class="choice buttons">
      <legend class="unseen">{say.as}</legend>
      <label>
        <input type="radio" name="as" value="bars" defaultChecked />
        {say.bars}
      </label>
      <label>
        <input type="radio" name="as" value="table" />
        {say.table}
      </label>
    </fieldset>
  );
}
