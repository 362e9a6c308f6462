import type { ComponentChildren } from 'preact';
import { Code } from '../parts/Code.tsx';
import { serverAddress } from '../server.ts';
import { words } from '../words/index.ts';
import { Three } from './Three.tsx';

/** What the page shows where nobody has made a group: what a round is, and how to have one. */
export function Empty() {
  const { empty } = words;
  const server = serverAddress().replace(/\/$/, '');
  return (
    <section class="empty" aria-labelledby="lead">
      <h1 class="lead" id="lead">
        {empty.lead}
      </h1>
      <ol class="steps">
        <Step title={empty.each} say={empty.eachSay}>
          <Seat at={0} kind="full" />
          <Seat at={1} kind="frame" />
          <Seat at={2} kind="full" />
        </Step>
        <Step title={empty.another} say={empty.anotherSay}>
          <Seat at={0} kind="frame" value="4" />
          <Seat at={1} kind="frame" value="1" />
          <Seat at={2} kind="frame" value="9" />
        </Step>
        <Step title={empty.decided} say={empty.decidedSay}>
          <path class="thread" d="M34 26V6h202v20M48 26V16h174v10" />
          <Seat at={0} kind="won" value="9" />
          <Seat at={1} kind="frame" value="2" />
          <Seat at={2} kind="won" value="9" />
        </Step>
      </ol>
      <Three />
      <div class="two">
        <div class="part">
          <h2>{empty.commandLine}</h2>
          <Code text={empty.command(server)} what={empty.theCommand} />
        </div>
        <div class="part">
          <h2>{empty.curl}</h2>
          <Code text={empty.curlLine(server)} what={empty.theCurlLine} />
        </div>
      </div>
    </section>
  );
}

interface StepProps {
  readonly title: string;
  readonly say: string;
  readonly children: ComponentChildren;
}

function Step({ title, say, children }: StepProps) {
  return (
    <li>
      <svg viewBox="0 0 270 96" aria-hidden="true">
        {children}
      </svg>
      <h2>{title}</h2>
      <p class="say">{say}</p>
    </li>
  );
}

interface SeatProps {
  readonly at: 0 | 1 | 2;
  readonly kind: 'full' | 'frame' | 'won';
  readonly value?: string;
}

function Seat({ at, kind, value }: SeatProps) {
  const x = 10 + 94 * at;
  return (
    <>
      <rect class={kind} x={x} y="25" width="62" height="48" rx="6" />
      {value !== undefined && (
        <text class={kind === 'won' ? 'onwon' : undefined} x={x + 31} y="56">
          {value}
        </text>
      )}
    </>
  );
}
