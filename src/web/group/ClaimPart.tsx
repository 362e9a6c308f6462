import type { ClaimJson } from '../../client/index.ts';
import { now } from '../live.ts';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';
import type { doer } from './by-hand.ts';

const say = words.group.claim;

interface ClaimPartProps {
  readonly claim: ClaimJson | undefined;
  /** Whether the reader may give it back in place of its holder. */
  readonly mayGiveBack: boolean;
  readonly hand: ReturnType<typeof doer>;
}

/** Who acts on a decision, or has. Nothing where nobody has ever claimed it. */
export function ClaimPart({ claim, mayGiveBack, hand }: ClaimPartProps) {
  if (claim === undefined || claim.fence === null) return null;
  const { state, holder, by, fence, until, result, round } = claim;
  const left = until === null ? null : Date.parse(until) - now.value;
  return (
    <section class="part claim" aria-labelledby="claim">
      <h2 id="claim">{say.title}</h2>
      <p role="status">
        {holder !== null && <b class="mono">{valueText(holder)}</b>} {say[state]}
      </p>
      <dl class="facts">
        {by !== null && (
          <div>
            <dt>{say.by}</dt>
            <dd>{by}</dd>
          </div>
        )}
        <div>
          <dt>{say.fence}</dt>
          <dd>{words.count(fence)}</dd>
        </div>
        {left !== null && (
          <div>
            <dt>{say.lease}</dt>
            <dd>{say.left(Math.max(0, left))}</dd>
          </div>
        )}
      </dl>
      {state === 'spent' && (
        <p>
          {say.result} <code>{valueText(result, null, mostResult)}</code>
        </p>
      )}
      {left !== null && mayGiveBack && (
        <>
          <div class="buttons">
            <button
              class="button"
              type="button"
              aria-disabled={hand.doing.value.isBusy}
              aria-describedby="giving-back"
              onClick={() => void hand.run((group) => group.giveBackClaim(round, fence))}
            >
              {say.giveBack}
            </button>
          </div>
          <p class="small" id="giving-back">
            {say.givingBack}
          </p>
        </>
      )}
    </section>
  );
}

/** Characters of a result. */
const mostResult = 400;
