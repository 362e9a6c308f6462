import { type Signal, useSignal } from '@preact/signals';
import { QuorateError } from '../../client/errors.ts';
import { Group } from '../../client/group.ts';
import type { RoundJson } from '../../client/index.ts';
import { watchGroup } from '../group-now.ts';
import { Explained } from '../parts/Explained.tsx';
import { Head } from '../parts/Head.tsx';
import { Mark } from '../parts/Mark.tsx';
import { Problem } from '../parts/Problem.tsx';
import { groupPath, newPath, placeOf } from '../place.ts';
import { reach } from '../server.ts';
import { tokenIn } from '../token.ts';
import { words } from '../words/index.ts';

const agents = ['ada', 'ben', 'cy'];
/** How long an agent thinks, ms: enough to see the others come in. */
const thinksMs = { least: 500, most: 1800 };
const highest = 5;

interface Running {
  readonly name: string;
  readonly round: RoundJson | null;
  /** Rounds that have closed, in order. */
  readonly closed: readonly RoundJson[];
}

/** The button "Watch three agents agree", and what it begins: three agents in this page who propose until two are equal. */
export function Three() {
  const running = useSignal<Running | null>(null);
  const problem = useSignal<QuorateError | null>(null);
  const begin = (): void => {
    if (running.peek() !== null) return;
    problem.value = null;
    watchThree(running).catch((error: unknown) => {
      running.value = null;
      if (error instanceof QuorateError) problem.value = error;
      else throw error;
    });
  };
  const now = running.value;
  return (
    <>
      <div class="buttons">
        <button class="button first tall" type="button" aria-disabled={now !== null} onClick={begin}>
          {words.three.button}
        </button>
        <a class="button tall" href={newPath(placeOf(location.pathname))}>
          {words.frame.create}
        </a>
      </div>
      {problem.value !== null && <Problem problem={problem.value} />}
      {now !== null && <Watched {...now} />}
    </>
  );
}

function Watched({ name, round, closed }: Running) {
  const { three, head } = words;
  return (
    <section class="part" aria-label={three.label}>
      {round !== null && (
        <Head
          state={round.state}
          present={round.present}
          of={round.eligible}
          about={three.about(round.round)}
          big={
            round.state === 'SUCCESS'
              ? `${head.agreedOn} ${words.value(round.value)}`
              : head.in(round.present, 3)
          }
          wordsOnly={round.state === 'SUCCESS'}
          why={<Explained round={round} />}
        />
      )}
      <ol class="closed">
        {closed.map((one) => (
          <li key={one.round}>
            <Mark state={one.state} /> {three.closed(one)}
          </li>
        ))}
      </ol>
      <p>
        <a href={groupPath(placeOf(location.pathname), name)}>{three.open(name)}</a>
      </p>
    </section>
  );
}

/**
 * Makes a group of three agents who propose until two are equal, and shows it in `running`. Rejects with `QuorateError`. No agent
 * has the server hold a reply back: a browser has six connections for all of its pages.
 */
async function watchThree(running: Signal<Running | null>): Promise<void> {
  const transport = reach({ token: tokenIn(null), retryFor: 60_000 });
  const name = `three-${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)}`;
  const group = new Group(name, transport);
  await group.create({
    title: words.three.title,
    rule: { electorate: { agents }, threshold: 2, next: 'until-success' },
  });
  running.value = { name, round: null, closed: [] };
  const propose = async (agent: string, round: number): Promise<void> => {
    const { least, most } = thinksMs;
    await transport.wire.clock.sleep(least + Math.random() * (most - least));
    await group.propose({ agent, round, value: 1 + Math.floor(Math.random() * highest) });
  };
  const now = watchGroup(name, transport);
  const closed: RoundJson[] = [];
  const agreed = new Promise<void>((resolve, reject) => {
    now.closed.subscribe((round) => {
      if (round === null) return;
      closed.push(round);
      running.value = { name, round, closed: [...closed] };
      if (round.state === 'SUCCESS') resolve();
    });
    let latest = 0;
    now.round.subscribe((round) => {
      if (round === null || round.state !== 'WAITING') return;
      running.value = { name, round, closed: [...closed] };
      if (round.round === latest) return;
      latest = round.round;
      Promise.all(agents.map((agent) => propose(agent, round.round))).catch(reject);
    });
  });
  await agreed.finally(now.stop);
}
