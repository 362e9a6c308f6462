import type { RoundState } from '../../client/index.ts';

interface MarkProps {
  readonly state: RoundState;
  /** Who is in, of how many; looked at while WAITING. */
  readonly present?: number;
  readonly of?: number;
}

/** Seats up to which the ring has one segment each. */
const mostSegments = 12;
/** The length of the ring, in units of its own. */
const round = 60;
const gap = 1.6;

/** A state as a silhouette: an open ring, a full disc with =, a diamond with ≠. The word stands beside it, always. */
export function Mark({ state, present = 0, of = 0 }: MarkProps) {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      {state === 'WAITING' ? (
        <Ring present={present} of={of} />
      ) : state === 'SUCCESS' ? (
        <Disc />
      ) : (
        <Diamond />
      )}
    </svg>
  );
}

function Ring({ present, of }: { readonly present: number; readonly of: number }) {
  const segments = of >= 2 && of <= mostSegments ? of : 1;
  const length = segments === 1 ? round : round / segments - gap;
  const ring = segments === 1 ? undefined : `${length} ${gap}`;
  const share = of === 0 ? 0 : Math.min(1, present / of);
  const arc = segments === 1 ? `${share * round} 100` : arcOf(Math.min(present, of), length);
  const offset = segments === 1 ? 0 : -gap / 2;
  const circle = { cx: 12, cy: 12, r: 9.6, pathLength: round, 'stroke-dashoffset': offset };
  return (
    <g transform="rotate(-90 12 12)">
      <circle class="ring" {...circle} stroke-dasharray={ring} />
      {share > 0 && <circle class="arc" {...circle} stroke-dasharray={arc} />}
    </g>
  );
}

/** Dashes: the first `present` segments, and nothing after them. */
function arcOf(present: number, length: number): string {
  const dashes = Array.from({ length: present }, (_, i) => `${length} ${i === present - 1 ? 100 : gap}`);
  return dashes.join(' ');
}

function Disc() {
  return (
    <>
      <circle class="disc" cx="12" cy="12" r="11" />
      <path class="sign upper" d="M6.5 9.4h11" />
      <path class="sign lower" d="M6.5 14.6h11" />
    </>
  );
}

function Diamond() {
  return (
    <>
      <path class="diamond" d="M12 .2 23.8 12 12 23.8.2 12z" />
      <path class="sign" d="M7.4 10h9.2M7.4 14h9.2M14.2 7.2 9.8 16.8" />
    </>
  );
}
