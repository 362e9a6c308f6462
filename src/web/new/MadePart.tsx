import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Code } from '../parts/Code.tsx';
import { Problem } from '../parts/Problem.tsx';
import { groupPath, placeOf } from '../place.ts';
import { tokenIn } from '../token.ts';
import { words } from '../words/index.ts';
import { inviterOf, mostInvites } from './inviter.ts';
import type { Made } from './maker.ts';

const say = words.create.made;

/** What the maker of a closed group has to give to others: its keys, shown this once, and a link for each who is invited. */
export function MadePart({ made }: { readonly made: Made }) {
  const { group, admission, keys } = made;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const path = groupPath(placeOf(location.pathname), group);
  const voteLink = `${location.origin}${path}/vote`;
  const hasAdmin = tokenIn(null) !== null;
  const what = admission === 'key' ? (hasAdmin ? 'keyByAdmin' : 'key') : hasAdmin ? 'byAdmin' : 'invite';
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        {say.title(group)}
      </h1>
      <p class="say">{say.once}</p>
      <div class="stack made">
        <div class="part">
          <h2>{say.joinKey[what]}</h2>
          <Code text={keys.joinKey} what={say.theKey} />
          <h2>{say.observerKey}</h2>
          <Code text={keys.observerKey} what={say.theObserverKey} />
        </div>
        {admission === 'key' ? (
          <div class="part">
            <h2>{say.vote}</h2>
            <Code text={voteLink} what={say.theLink} />
          </div>
        ) : (
          <Invites made={made} />
        )}
        <div class="buttons part">
          <a class="button first tall" href={path}>
            {say.open}
          </a>
        </div>
      </div>
    </>
  );
}

function Invites({ made }: { readonly made: Made }) {
  const inviter = useMemo(() => inviterOf(made), [made]);
  const name = useSignal('');
  const roster = made.roster ?? [];
  useEffect(() => {
    if (roster.length <= mostInvites) void inviter.invite(roster);
  }, [made]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const agent = name.peek().trim();
    if (agent !== '') void inviter.invite([agent]);
    name.value = '';
  };
  const refused = inviter.refused.value;
  const left = inviter.left.value;
  return (
    <section class="part" aria-labelledby="invites">
      <h2 id="invites">{say.invites}</h2>
      {roster.length > mostInvites && <p>{say.tooMany(roster.length)}</p>}
      <dl class="links">
        {[...inviter.links.value].map(([agent, link]) => (
          <div key={agent}>
            <dt>{agent}</dt>
            <dd>
              <Code text={link} what={say.inviteOf(agent)} />
            </dd>
          </div>
        ))}
      </dl>
      {left > 0 && (
        <p class="small" role="status">
          {say.inviting(left)}
        </p>
      )}
      {refused !== null && <Problem problem={refused} title={say.failed} />}
      <form class="token" onSubmit={submit}>
        <div class="field">
          <label for="invite">{say.another}</label>
          <input
            id="invite"
            value={name.value}
            placeholder={say.name}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={(event) => {
              name.value = event.currentTarget.value;
            }}
          />
        </div>
        <div class="buttons">
          <button class="button" type="submit">
            {say.invite}
          </button>
        </div>
      </form>
    </section>
  );
}
