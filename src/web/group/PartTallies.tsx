import type { GroupJson, RoundJson } from '../../client/index.ts';
import { Tally } from '../parts/Tally.tsx';
import { words } from '../words/index.ts';
import { part } from '../words/rule.ts';
import { mainPart, type PartBars } from './parts.ts';

const say = words.group.parts;

interface PartTalliesProps {
  readonly round: RoundJson;
  readonly rule: GroupJson['rule'];
  readonly parts: readonly PartBars[];
  /** What agents are shown as, by id. */
  readonly names: ReadonlyMap<string, string>;
}

/** What each part of a mixed electorate proposed: every part has its own line. */
export function PartTallies({ round, rule, parts, names }: PartTalliesProps) {
  const main = mainPart(rule.electorate);
  if (main === null || parts.length === 0) return null;
  const otherwise = 'else' in rule.electorate ? rule.electorate.else : undefined;
  return (
    <section class="part" aria-labelledby="parts">
      <h2 id="parts">{say.title}</h2>
      <p class="small">{say.about(part(main), otherwise === undefined ? null : part(otherwise))}</p>
      {parts.map((one) => (
        <div key={one.role} class="onepart">
          <h3>
            {one.role}{' '}
            <span class="small">
              {[
                say.in(one.present, one.of),
                ...(one.hasReached === null ? [] : [one.hasReached ? say.reached : say.notReached]),
                ...(one.isElse ? [say.otherwise] : []),
              ].join(', ')}
            </span>
          </h3>
          {one.bars.rows.length === 0 ? (
            <p class="small">{say.nobody}</p>
          ) : (
            <Tally bars={one.bars} state={stateOf(round, one)} names={names} />
          )}
        </div>
      ))}
    </section>
  );
}

/** A part that did not reach its line has not failed where others decided. */
function stateOf({ state }: RoundJson, { hasReached }: PartBars): RoundJson['state'] {
  if (hasReached === true) return 'SUCCESS';
  return state === 'FAILED' ? 'FAILED' : 'WAITING';
}
