import { useState } from 'preact/hooks';
import type { ItemJson, ProposalJson, RoundJson } from '../../client/index.ts';
import { words } from '../words/index.ts';
import { auditOf, type Line } from './audit.ts';

const say = words.group.audit;

/** Lines that the list shows at first, and at most. */
const firstLines = 12;
const mostLines = 500;

interface AuditProps {
  readonly round: RoundJson;
  readonly proposals: readonly ProposalJson[];
  readonly items: readonly ItemJson[];
  /** What happened to the claim on the decision. */
  readonly claimed: readonly Line[];
}

/** What happened in a closed round, the latest first. */
export function Audit({ round, proposals, items, claimed }: AuditProps) {
  const [isWhole, setWhole] = useState(false);
  const all = auditOf(round, proposals, items, claimed).slice(0, mostLines);
  const lines = isWhole ? all : all.slice(0, firstLines);
  return (
    <section class="part" aria-labelledby="audit">
      <h2 id="audit">{say.title}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways is reached with the keyboard */}
      <section class="scroll" tabIndex={0} aria-label={say.region}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{say.index}</th>
              <th scope="col">{say.time}</th>
              <th scope="col">{say.what}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ index, time, happening }, place) => {
              const [agent, text] = say.line(happening);
              return (
                <tr key={`${place} ${time}`}>
                  <td>{index === null ? '' : words.count(index)}</td>
                  <td>{time !== null && <time dateTime={time}>{words.time(new Date(time))}</time>}</td>
                  <td>
                    {agent !== null && <b>{agent} </b>}
                    {text}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      {lines.length < all.length && (
        <div class="buttons">
          <button class="button plain" type="button" onClick={() => setWhole(true)}>
            {say.all(all.length)}
          </button>
        </div>
      )}
    </section>
  );
}
