import { encode } from '../../play/record.ts';
import type { RunRecord } from '../../play/types.ts';
import { words } from '../words/index.ts';
import type { Ran } from './orders.ts';
import type { Shrinking } from './shrinking.ts';

const say = words.play.shrink;

interface ShrinkProps {
  readonly shrinking: Shrinking;
  readonly ran: Ran;
  readonly onFound: (record: RunRecord) => void;
}

/** The button that makes a failing run small; none where the run does not fail. */
export function Shrink({ shrinking, ran: { record, exercise }, onFound }: ShrinkProps) {
  const { verdict } = exercise.verdict;
  if (verdict !== 'DEADLOCK' && verdict !== 'WRONG') return null;
  const { isBusy } = shrinking;
  return (
    <button
      class="button"
      type="button"
      aria-disabled={isBusy.value}
      onClick={() => shrinking.run(record, onFound)}
    >
      {isBusy.value ? say.busy : say.button(record.seed)}
    </button>
  );
}

/** What went, while the smaller run is shown. */
export function Went({ shrinking, ran }: { readonly shrinking: Shrinking; readonly ran: Ran }) {
  const done = shrinking.done.value;
  const isShown = done !== null && encode(done.to) === encode(ran.record);
  const parts = isShown ? differences(done.from, done.to) : [];
  return <p role="status">{isShown && (parts.length === 0 ? say.none : say.went(parts))}</p>;
}

/** What one record has less than another, in words. */
function differences(from: RunRecord, to: RunRecord): string[] {
  const sizes = (record: RunRecord) => ({
    agents: record.agents,
    turns: record.turns?.length ?? 0,
    max: record.max,
    fates: record.fates.size,
  });
  const [before, after] = [sizes(from), sizes(to)];
  return (['agents', 'turns', 'max', 'fates'] as const)
    .filter((key) => before[key] > after[key])
    .map((key) => say.parts[key](before[key], after[key]));
}
