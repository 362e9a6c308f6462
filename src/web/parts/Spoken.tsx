import { useComputed } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { now } from '../live.ts';
import { waitOf, warningAt } from '../spoken.ts';
import { words } from '../words/index.ts';

interface SpokenProps {
  /** Such as "3 of 5 in". */
  readonly text: string;
  /** Of an open round, RFC 3339; null: none runs. */
  readonly deadlineAt?: string | null;
}

/** The page's one status, unseen: what is shown beside it, at most once a second, and when the time is short. */
export function Spoken({ text, deadlineAt = null }: SpokenProps) {
  const said = useUnhurried(text);
  const end = deadlineAt === null ? null : Date.parse(deadlineAt);
  const warning = useComputed(() => (end === null ? null : warningAt(end - now.value)));
  return (
    <span class="unseen" role="status" aria-atomic={false}>
      <span>{said}</span> <span>{warning.value !== null && words.clock.spoken[warning.value]}</span>
    </span>
  );
}

/** The text as it was at most a second ago: of many changes the last. At first nothing, since only what changes is said. */
function useUnhurried(text: string): string {
  const [said, say] = useState('');
  const last = useRef<number | null>(null);
  useEffect(() => {
    if (text === said) return;
    const timer = setTimeout(
      () => {
        last.current = Date.now();
        say(text);
      },
      waitOf(last.current, Date.now()),
    );
    return () => clearTimeout(timer);
  }, [text, said]);
  return said;
}
