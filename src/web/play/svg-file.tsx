import { render } from 'preact';
import diagramStyle from '../styles/diagram.css?raw';
import tokens from '../styles/tokens.css?raw';
import { words } from '../words/index.ts';
import { Happened, Names, Verdict } from './Diagram.tsx';
import { layoutOf } from './layout.ts';
import type { Picture } from './picture.ts';

/** Where the names of the lanes end and the messages begin, below the title. */
const titleHeight = 34;
const namesHeight = 30;
const gap = 24;

interface Titled {
  readonly title: string;
  readonly picture: Picture;
}

/** Pictures side by side as one file that looks right without this page: light, with its style in it, in the reader's own font. */
function svgFile(sides: readonly Titled[], story: string): string {
  const placed: {
    readonly side: Titled;
    readonly layout: ReturnType<typeof layoutOf>;
    readonly left: number;
  }[] = [];
  let width = 0;
  for (const side of sides) {
    const layout = layoutOf(side.picture);
    const left = placed.length === 0 ? 0 : width + gap;
    placed.push({ side, layout, left });
    width = left + layout.width;
  }
  const height = titleHeight + namesHeight + Math.max(...placed.map(({ layout }) => layout.height));
  const holder = document.createElement('div');
  render(
    <svg xmlns="http://www.w3.org/2000/svg" class="diagram" viewBox={`0 0 ${width} ${height}`} width={width}>
      <title>{story}</title>
      <rect class="page" width={width} height={height} />
      {placed.map(({ side, layout, left }) => (
        <g key={side.title} transform={`translate(${left} 0)`}>
          <text class="id" x={layout.width / 2} y="22">
            {side.title}
          </text>
          <g transform={`translate(0 ${titleHeight})`}>
            <Names picture={side.picture} layout={layout} />
          </g>
          <g transform={`translate(0 ${titleHeight + namesHeight})`}>
            <path class="life" d={layout.x.map((x) => `M${x} 0V${layout.bottom}`).join('')} />
            <Happened picture={side.picture} layout={layout} />
            <Verdict picture={side.picture} layout={layout} />
          </g>
        </g>
      ))}
    </svg>,
    holder,
  );
  const text = new XMLSerializer().serializeToString(holder.firstElementChild as Element);
  render(null, holder);
  // Put in as text: a style that is written into this page would be against its policy.
  return inXml(text).replace('>', `><style>${style()}</style>`);
}

/** Without the characters that no XML may hold, which the serializer leaves in: a title may hold them. */
function inXml(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
}

/** The style of a diagram with the colours of the light scheme in their places: few programs but browsers know variables. */
function style(): string {
  const light = /:root\s*\{([^}]*)\}/.exec(tokens)?.[1] ?? '';
  const values = new Map(
    [...light.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name = '', value = '']) => [name, value]),
  );
  values.set('--sans', 'sans-serif');
  const own = '.diagram .page { fill: var(--card); }';
  return (diagramStyle + own)
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/var\((--[\w-]+)\)/g, (_, name: string) => values.get(name) ?? 'inherit')
    .replace(/\s+/g, ' ');
}

interface SaveSvgProps {
  readonly sides: readonly Titled[];
  readonly story: string;
}

/** The button that saves pictures as a file. */
export function SaveSvg({ sides, story }: SaveSvgProps) {
  const save = (): void => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([svgFile(sides, story)], { type: 'image/svg+xml' }));
    link.download = 'quorate.svg';
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <button class="button" type="button" onClick={save}>
      {words.play.diagram.svg}
    </button>
  );
}
