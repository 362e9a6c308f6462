import type { ClusterJson } from '../../client/index.ts';
import { Notice } from '../parts/Notice.tsx';
import { words } from '../words/index.ts';
import type { Demo, DemoPart } from './demo.ts';

interface TryItProps {
  readonly demo: Demo;
  readonly told: ClusterJson | null;
}

/** Buttons that take parts of a demo away and bring them back. */
export function TryIt({ demo, told }: TryItProps) {
  const say = words.cluster.tryIt;
  const parts = demo.parts.value;
  const doing = demo.doing.value;
  if (parts.length === 0) return null;
  const leading = told?.members.find(({ isUp, role }) => isUp && role === 'leader')?.name;
  const leader = parts.find(({ name, isUp }) => isUp && name === leading);
  const button = (text: string, what: 'kill' | 'start', { name }: DemoPart) => (
    <button
      key={text}
      class={what === 'start' ? 'button first' : 'button'}
      type="button"
      aria-disabled={doing !== null}
      onClick={() => demo.press(what, name)}
    >
      {text}
    </button>
  );
  return (
    <section class="part" aria-labelledby="try">
      <h2 id="try">{say.title}</h2>
      <p class="say">{say.what}</p>
      <div class="buttons">
        {parts
          .filter(({ kind, isUp }) => kind === 'server' && isUp)
          .map((one) => button(say.kill(one.name), 'kill', one))}
        {leader !== undefined && button(say.killLeader, 'kill', leader)}
        {parts.filter(({ isUp }) => !isUp).map((one) => button(say.start(one.name), 'start', one))}
      </div>
      {demo.failed.value && <Notice kind="bad" title={say.failed} />}
    </section>
  );
}
