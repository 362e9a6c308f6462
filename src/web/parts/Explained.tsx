import { useMemo } from 'preact/hooks';
import { sentence } from '../sentence.ts';
import { words } from '../words/index.ts';

type Told = Parameters<typeof words.explained>[0];

interface ExplainedProps {
  readonly round: Told & { readonly explain: string };
  /** Whether it stands as a sentence of its own. */
  readonly isSentence?: boolean;
}

/** Why a round stands or ended so: in the language of the page where that can be said from the data, else as the server says it. */
export function Explained({ round, isSentence = true }: ExplainedProps) {
  const own = useMemo(() => words.explained(round), [round]);
  const text = own ?? round.explain;
  return <span lang={own === null ? 'en' : undefined}>{isSentence ? sentence(text) : text}</span>;
}
