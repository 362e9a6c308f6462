import { useMemo, useState } from 'preact/hooks';
import type { Group } from '../../client/group.ts';
import type { GroupJson, ItemJson, RoundJson } from '../../client/index.ts';
import { Code } from '../parts/Code.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Qr } from '../parts/Qr.tsx';
import { asksToken, TokenField } from '../parts/TokenField.tsx';
import { groupPath, isLoopback, placeOf } from '../place.ts';
import { serverAddress } from '../server.ts';
import { tokenIn } from '../token.ts';
import { words } from '../words/index.ts';
import { ruleInWords } from '../words/rule.ts';
import type { doer, May } from './by-hand.ts';
import { download } from './download.ts';
import type { Hooks } from './Hooks.tsx';
import type { PageState } from './page-state.ts';
import { presentFloor } from './roster.ts';
import { Waive } from './Waive.tsx';

/** What stands beside the round: what the reader may do, the rule, how to let others in. */

interface YouMayProps {
  readonly may: May;
  readonly round: RoundJson;
  readonly rule: GroupJson['rule'];
  readonly state: PageState;
  readonly hand: ReturnType<typeof doer>;
}

export function YouMay({ may, round, rule, state, hand }: YouMayProps) {
  const say = words.group.may;
  const { isBusy, failed, done } = hand.doing.value;
  const { extend } = may;
  const floor = presentFloor(rule.floor);
  const { name } = state.now.group;
  // Who manages a closed group is known only by a token.
  const offersToken = state.now.details.value?.admission !== 'open' && tokenIn(name) === null;
  if (!may.close && !may.waive && failed === null && !offersToken) return null;
  const putOff = (group: Group, by: number): Promise<RoundJson> => {
    const from = Date.parse(round.deadlineAt ?? '');
    return group.setDeadline(round.round, new Date(from + by), { ifRevision: round.revision });
  };
  return (
    <section class="part" aria-labelledby="may">
      <h2 id="may">{say.title}</h2>
      <div class="buttons">
        {may.close && (
          <button
            class="button"
            type="button"
            aria-disabled={isBusy}
            aria-describedby="closing"
            onClick={() => void hand.run((group) => group.close(round.round))}
          >
            {say.close}
          </button>
        )}
        {extend !== null && (
          <button
            class="button"
            type="button"
            aria-disabled={isBusy}
            onClick={() =>
              void hand.run(async (group) => {
                const { deadlineAt } = await putOff(group, extend);
                return deadlineAt === null ? null : say.extended(new Date(deadlineAt));
              })
            }
          >
            {say.extend(extend)}
          </button>
        )}
      </div>
      {may.close && (
        <p class="small" id="closing">
          {say.closing(round.present, floor)}
        </p>
      )}
      {may.waive && (
        <Waive
          missing={round.missing}
          isBusy={isBusy}
          onWaive={(agent, reason) =>
            void hand.run(async (group) => {
              await group.waive(round.round, agent, reason);
              return say.waived(agent);
            })
          }
        />
      )}
      <p class={done === null ? 'unseen' : 'small'} role="status">
        {done}
      </p>
      {failed !== null && (
        <Problem
          problem={failed}
          title={failed.outcome === 'unknown' ? say.unknown : say.failed}
          wayOut={
            asksToken(failed) ? <TokenField group={name} onGiven={() => void hand.again()} /> : undefined
          }
        />
      )}
      {offersToken && (failed === null || !asksToken(failed)) && (
        <details>
          <summary>{words.token.use}</summary>
          <TokenField group={name} onGiven={() => location.reload()} />
        </details>
      )}
    </section>
  );
}

interface RulePartProps {
  readonly round: RoundJson;
  /** That the round has. */
  readonly rule: GroupJson['rule'];
  /** Whether the group has another by now. */
  readonly isChanged: boolean;
}

export function RulePart({ round, rule, isChanged }: RulePartProps) {
  const sentences = useMemo(() => ruleInWords(rule), [rule]);
  return (
    <section class="part" aria-labelledby="rule">
      <h2 id="rule">{words.rule.title}</h2>
      <ul class="words small">
        {sentences.map((parts) => (
          <li key={parts.join('')}>
            {parts.map((text, i) => (i % 2 === 1 ? <b key={text}>{text}</b> : text))}
          </li>
        ))}
      </ul>
      {isChanged && <p class="small">{words.group.rule.changed(round.round)}</p>}
    </section>
  );
}

interface ShareProps {
  readonly group: string;
  readonly admission: GroupJson['admission'];
  readonly round: RoundJson;
  readonly hand: ReturnType<typeof doer>;
}

export function Share({ group, admission, round, hand }: ShareProps) {
  const say = words.group.share;
  const link = `${location.origin}${groupPath(placeOf(location.pathname), group)}/vote`;
  const path = `v1/groups/${encodeURIComponent(group)}/rounds`;
  const server = serverAddress().replace(/\/$/, '');
  const save = (what: string, name: string) => () =>
    void hand.run(() => download(what, `${group}-${name}.csv`, group));
  return (
    <section class="part share" aria-labelledby="share">
      <h2 id="share">{say.title}</h2>
      {admission === 'invite' ? (
        <>
          <p class="small">{say.invited}</p>
          <Code text={`quorate invite ${group} NAME --token KEY --url ${server}`} what={say.command} />
        </>
      ) : isLoopback(location.hostname) ? (
        <>
          <p class="small">{say.onlyHere}</p>
          <Code text="quorate server --lan" what={say.command} />
        </>
      ) : (
        <>
          <Qr address={link} />
          <p class="small">{say.vote}</p>
        </>
      )}
      {admission !== 'invite' && <Code text={link} what={say.link} />}
      <div class="buttons">
        <button class="button plain" type="button" onClick={save(path, 'rounds')}>
          {say.csv}
        </button>
        <button
          class="button plain"
          type="button"
          onClick={save(`${path}/${round.round}/proposals`, `round-${round.round}`)}
        >
          {say.proposals}
        </button>
      </div>
    </section>
  );
}

/** Who is told of outcomes, for whoever manages the group. It is loaded when somebody opens it: few do. */
export function Told({ group }: { readonly group: Group }) {
  const [Part, load] = useState<typeof Hooks | null>(null);
  const { title } = words.webhooks;
  return (
    <section class="part" aria-label={title}>
      <details
        onToggle={({ currentTarget: { open } }) => {
          if (!open) load(null);
          else
            import('./Hooks.tsx').then(
              ({ Hooks }) => load(() => Hooks),
              () => undefined,
            );
        }}
      >
        <summary>{title}</summary>
        {Part !== null && <Part group={group} />}
      </details>
    </section>
  );
}

interface KeptAsProps {
  readonly group: string;
  readonly round: RoundJson;
  readonly hand: ReturnType<typeof doer>;
  /** Of the group's stream: one of them may tell where the outcome is written. */
  readonly items: readonly ItemJson[];
}

export function KeptAs({ group, round, hand, items }: KeptAsProps) {
  const number = round.round;
  const link = `${location.origin}${groupPath(placeOf(location.pathname), group)}?round=${number}`;
  const path = `v1/groups/${encodeURIComponent(group)}/rounds/${number}`;
  const closed = items.find((item) => item.type === 'round-closed' && item.round === round.round);
  const say = words.group.kept;
  return (
    <section class="part" aria-labelledby="kept">
      <h2 id="kept">{say.title}</h2>
      <dl class="facts">
        {closed !== undefined && (
          <div>
            <dt>{say.index}</dt>
            <dd>{words.count(closed.index)}</dd>
          </div>
        )}
        <div>
          <dt>{say.revision}</dt>
          <dd>{words.count(round.revision)}</dd>
        </div>
      </dl>
      <p class="small">{say.once}</p>
      <Code text={link} what={say.link} />
      <div class="buttons">
        <button
          class="button plain"
          type="button"
          onClick={() => void hand.run(() => download(path, `${group}-round-${number}.json`, group))}
        >
          {say.json}
        </button>
      </div>
    </section>
  );
}
