import type { ClusterJson } from '../../client/index.ts';
import { words } from '../words/index.ts';

/** A pause is drawn from here on, ms. */
const longMs = 500;
const wide = 600;
const high = 80;

/** The last minute: entries by the second, and the longest time without one. */
export function Pace({ told }: { readonly told: ClusterJson }) {
  const { perSecond, longestPause, quietMs } = told.entries;
  const say = words.cluster.pace;
  const most = Math.max(1, ...perSecond);
  const step = wide / perSecond.length;
  const end = Math.floor(Date.parse(told.time) / 1000) * 1000;
  const at = (ms: number): number => Math.min(wide, Math.max(0, wide - ((end - ms) / 1000) * step));
  const gap =
    longestPause === null || longestPause.ms < longMs
      ? null
      : { from: at(Date.parse(longestPause.from)), to: at(Date.parse(longestPause.from) + longestPause.ms) };
  const rate = perSecond.reduce((sum, one) => sum + one, 0) / perSecond.length;
  return (
    <section class="part" aria-labelledby="pace">
      <h2 id="pace">{say.title}</h2>
      <svg
        class="beat"
        viewBox={`0 0 ${wide} ${high}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={say.drawn(rate, gap === null ? null : (longestPause?.ms ?? null))}
      >
        {gap !== null && <rect class="gap" x={gap.from} y={0} width={gap.to - gap.from} height={high} />}
        {perSecond.map((entries, i) => (
          <rect
            key={`${i}`}
            class="run"
            x={i * step}
            y={high - (entries / most) * (high - 6)}
            width={step * 0.73}
            height={(entries / most) * (high - 6)}
          />
        ))}
        {gap !== null && <path class="edge" d={`M${gap.from} 0v${high}M${gap.to} 0v${high}`} />}
      </svg>
      {quietMs !== null && quietMs > 2000 && <p class="say">{say.quiet(quietMs)}</p>}
      {longestPause !== null && (
        <p class="say">
          <b>{say.seconds(longestPause.ms)}</b> {say.pause(new Date(longestPause.from), longestPause.next)}{' '}
          {longestPause.next === longestPause.after + 1 && <b>{say.none}</b>}
        </p>
      )}
    </section>
  );
}
