import { useEffect, useMemo, useRef } from 'preact/hooks';
import { words } from '../words/index.ts';
import { type Layout, layoutOf, lineOf, nearest, tipOf, waitHeight } from './layout.ts';
import { Menu } from './Menu.tsx';
import type { Arrow, Picture, Tone } from './picture.ts';
import type { Touch } from './touching.ts';

const say = words.play.diagram;

interface DiagramProps {
  /** Tells this diagram from others on the page. */
  readonly id: string;
  readonly picture: Picture;
  /** Up to where it is drawn. */
  readonly step: number;
  /** What each lane is doing then. */
  readonly doing: readonly string[];
  /** What the reader may do to its messages; null: nothing. */
  readonly touch: Touch | null;
}

/** Px of the drawing above which it scrolls in itself. */
const longest = 900;
/** Px on the screen within which a message is pressed: half of what a finger needs. */
const reach = 22;

/** Messages as arrows between lanes, time going down, as far as the present step. */
export function Diagram({ id, picture, step, doing, touch }: DiagramProps) {
  const layout = useMemo(() => layoutOf(picture), [picture]);
  const box = useRef<HTMLElement>(null);
  const isOver = step >= picture.steps.length - 1;
  const upTo = isOver ? layout.bottom : (layout.stepY[step] ?? 0);
  const { width, height } = layout;
  const past = `${id}-past`;
  const upToNow = `url(#${past})`;
  const drawn = useMemo(() => <Happened picture={picture} layout={layout} />, [picture, layout]);
  useEffect(() => keepInView(box.current, upTo / height), [upTo, height]);
  const press = (event: MouseEvent): void => {
    if (touch === null) return;
    const svg = event.currentTarget as SVGSVGElement;
    const { left, top, width: shown } = svg.getBoundingClientRect();
    const scale = width / shown;
    const at = { x: (event.clientX - left) * scale, y: (event.clientY - top) * scale };
    touch.choose(nearest(layout, picture.arrows, upTo, at, reach * scale)?.key ?? null);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.target !== event.currentTarget) return;
    touch?.choose(arrowAt(picture, step)?.key ?? null);
    event.preventDefault();
  };
  const chosen = picture.arrows.find(({ key }) => key === touch?.chosen) ?? null;
  return (
    <section
      class={['drawing', touch !== null && 'touchable', height > longest && 'long'].filter(Boolean).join(' ')}
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached with the keyboard
      tabIndex={0}
      aria-label={touch === null ? say.region : say.touchable}
      onKeyDown={key}
      style={{ '--natural': `${width}px` }}
    >
      <svg class="diagram names" viewBox={`0 0 ${width} 52`} aria-hidden="true">
        <Names picture={picture} layout={layout} />
        {doing.map((text, lane) => (
          <text key={picture.lanes[lane]} class="mid" x={layout.x[lane]} y="42">
            {text}
          </text>
        ))}
      </svg>
      <div class="sheet">
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the region around it takes Enter, the list of steps has buttons */}
        <svg
          class="diagram"
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={say.story(picture.steps, picture.end.text)}
          onClick={press}
        >
          <clipPath id={past}>
            <rect
              class="up-to"
              x="0"
              y={-height}
              width={width}
              height={height}
              style={{ transform: `translateY(${upTo}px)` }}
            />
          </clipPath>
          <path class="life" d={layout.x.map((x) => `M${x} 0V${layout.bottom}`).join('')} />
          <g clip-path={upToNow}>{drawn}</g>
          {chosen !== null && <path class="chosen" d={pathOf(layout, chosen)} />}
          {isOver && <Verdict picture={picture} layout={layout} />}
          <path class="now" d={`M14 0H${width - 14}`} style={{ transform: `translateY(${upTo}px)` }} />
        </svg>
        {chosen !== null && touch !== null && (
          <Menu
            key={chosen.key}
            message={`${picture.lanes[chosen.from]} → ${picture.lanes[chosen.to]}: ${chosen.text}`}
            isLost={chosen.isLost}
            fate={touch.fateOf(chosen.name)}
            at={lineOf(layout, chosen).y2 / height}
            onFate={(fate) => {
              box.current?.focus({ preventScroll: true });
              touch.change(chosen.name, fate);
            }}
            onClose={() => {
              box.current?.focus({ preventScroll: true });
              touch.choose(null);
            }}
          />
        )}
      </div>
    </section>
  );
}

/** The message of a step: the one that is sent or arrives in it, or else the last one before. */
export function arrowAt({ arrows, rows }: Picture, step: number): Arrow | undefined {
  const stepOf = (row: number | null): number => (row === null ? -1 : (rows[row]?.step ?? -1));
  return (
    arrows.find(({ sent, arrived }) => stepOf(sent) === step || stepOf(arrived) === step) ??
    arrows.findLast(({ sent }) => stepOf(sent) < step)
  );
}

/** Scrolls a long diagram, never the page, so that a share of its height is to be seen. */
function keepInView(box: HTMLElement | null, share: number): void {
  if (box === null || box.scrollHeight <= box.clientHeight) return;
  const at = share * box.scrollHeight;
  const least = at - box.clientHeight * 0.85;
  const most = at - box.clientHeight * 0.25;
  box.scrollTop = Math.min(Math.max(box.scrollTop, least), most);
}

interface PartProps {
  readonly picture: Picture;
  readonly layout: Layout;
}

export function Names({ picture, layout }: PartProps) {
  return (
    <>
      {picture.lanes.map((name, lane) => (
        <text key={name} class="id" x={layout.x[lane]} y="20">
          {name}
        </text>
      ))}
    </>
  );
}

/** All that happens, from the first step to the last. */
export function Happened({ picture, layout }: PartProps) {
  const { arrows, notes, end } = picture;
  return (
    <>
      {end.waiting !== null && (
        <rect
          class={end.tone === 'bad' ? 'late' : 'rest'}
          x="20"
          y={layout.bottom - waitHeight - 4}
          width={layout.width - 40}
          height={waitHeight}
          rx="6"
        />
      )}
      {end.waiting?.map((text, lane) => {
        const isServer = lane === picture.lanes.length - 1;
        return (
          <text
            key={picture.lanes[lane]}
            class={`wait ${toneClass(end.tone)}`}
            x={(layout.x[lane] ?? 0) + (isServer ? 8 : 10)}
            y={layout.bottom - waitHeight / 2}
          >
            {text}
          </text>
        );
      })}
      {arrows.map((arrow) => (
        <Message key={arrow.key} arrow={arrow} layout={layout} />
      ))}
      {notes.map(({ lane, row, text, tone }) => {
        const isServer = lane === picture.lanes.length - 1;
        return (
          <text
            key={row}
            class={`note ${toneClass(tone)}${isServer ? ' end' : ''}`}
            x={(layout.x[lane] ?? 0) + (isServer ? 44 : 8)}
            y={(layout.y[row] ?? 0) - 9}
          >
            {text}
          </text>
        );
      })}
    </>
  );
}

function Message({ arrow, layout }: { readonly arrow: Arrow; readonly layout: Layout }) {
  const line = lineOf(layout, arrow);
  const { x2, y2, word } = line;
  const tone = arrow.tone === 'good' ? ' good' : '';
  return (
    <>
      <path class={arrow.isLost ? 'msg lost' : `msg${tone}`} d={pathOf(layout, arrow)} />
      {arrow.isLost && <path class="cross" d={crossAt(x2, y2)} />}
      {!arrow.isLost && arrow.arrived !== null && <path class={`tip${tone}`} d={tipOf(line)} />}
      <text class={`${toneClass(arrow.tone)}${word.isBefore ? ' end' : ''}`} x={word.x} y={word.y}>
        {arrow.text}
      </text>
    </>
  );
}

export function Verdict({ picture, layout }: PartProps) {
  const { tone, text } = picture.end;
  return (
    <text class={`mid verdict ${toneClass(tone)}`} x={layout.width / 2} y={layout.bottom + 34}>
      {text}
    </text>
  );
}

const toneClass = (tone: Tone): string => ({ plain: '', good: 'ok', bad: 'bad' })[tone];

function pathOf(layout: Layout, arrow: Arrow): string {
  const { x1, y1, x2, y2 } = lineOf(layout, arrow);
  return `M${x1} ${y1}L${x2} ${y2}`;
}

const crossAt = (x: number, y: number): string =>
  `M${x - 6} ${y - 6}L${x + 6} ${y + 6}M${x + 6} ${y - 6}L${x - 6} ${y + 6}`;
