import { useEffect, useMemo, useState } from 'preact/hooks';
import { QuorateError } from '../../client/errors.ts';
import type { Group } from '../../client/group.ts';
import type { WebhookJson } from '../../client/index.ts';
import { Code } from '../parts/Code.tsx';
import { Problem } from '../parts/Problem.tsx';
import { asksToken, TokenField } from '../parts/TokenField.tsx';
import { serverAddress } from '../server.ts';
import { withToken } from '../token.ts';
import { words } from '../words/index.ts';
import { doer } from './by-hand.ts';

const say = words.webhooks;

/** ms between two looks: of deliveries there are no events. */
const lookEvery = 3000;

/** The webhooks of a group: whether each is heard, why the last attempt failed, a test, and what failed once more. */
export function Hooks({ group }: { readonly group: Group }) {
  const hand = useMemo(() => doer(group), [group]);
  const [hooks, show] = useState<readonly WebhookJson[] | null>(null);
  const [refusal, refuse] = useState<QuorateError | null>(null);
  const [looks, look] = useState(0);
  useEffect(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      try {
        const list = await withToken(group).webhooks.list();
        if (isWanted) {
          show(list);
          refuse(null);
        }
      } catch (error) {
        if (!(error instanceof QuorateError)) throw error;
        if (isWanted) refuse(error);
      }
      if (isWanted) timer = setTimeout(() => void read(), lookEvery);
    };
    void read();
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [group, looks]);
  const { isBusy, failed } = hand.doing.value;
  const act = (work: (webhooks: Group['webhooks']) => Promise<unknown>) => () =>
    void hand.run(async (group) => void (await work(group.webhooks))).then(() => look((n) => n + 1));
  const problem = failed ?? refusal;
  const again = failed === null ? () => look((n) => n + 1) : () => void hand.again();
  return (
    <>
      {problem !== null && (
        <Problem
          problem={problem}
          wayOut={asksToken(problem) ? <TokenField group={group.name} onGiven={again} /> : undefined}
        />
      )}
      {hooks?.length === 0 && (
        <Code
          text={`quorate webhook put NAME https://HOST/PATH --group ${group.name} --url ${serverAddress().replace(/\/$/, '')}`}
          what={words.group.share.command}
        />
      )}
      <ul class="words small">
        {hooks?.map((hook) => (
          <li key={hook.id}>
            <p>
              <b class="mono">{hook.id}</b> <span class="mono">{hostOf(hook.url)}</span>
            </p>
            <p role="status">{standing(hook)}</p>
            <div class="buttons">
              <button
                class="button plain"
                type="button"
                aria-disabled={isBusy}
                aria-label={`${say.test} ${hook.id}`}
                onClick={act((webhooks) => webhooks.test(hook.id))}
              >
                {say.test}
              </button>
              {hook.last?.error != null && (
                <button
                  class="button plain"
                  type="button"
                  aria-disabled={isBusy}
                  aria-label={`${say.again} ${hook.id}`}
                  onClick={act((webhooks) => webhooks.replay(hook.id, hook.last?.number ?? 0))}
                >
                  {say.again}
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The rest of the address may be a secret: whoever knows that of a channel can write to it. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function standing(hook: WebhookJson): string {
  const why = hook.disabled ?? hook.last?.error ?? null;
  const next = hook.last?.nextAt ?? null;
  const parts = [
    say.counts(hook),
    ...(why === null ? [] : [say.failed(why)]),
    ...(why === null || next === null ? [] : [say.next(new Date(next))]),
  ];
  return parts.join(' ');
}
