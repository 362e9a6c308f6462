import type { ComponentChildren } from 'preact';
import { sentence } from '../sentence.ts';
import { words } from '../words/index.ts';
import { Notice } from './Notice.tsx';

/** What a refusal says of itself: an error of a call, or what is kept of one. */
interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
}

interface ProblemProps {
  readonly problem: Refusal;
  /** What it means here; left out: what went wrong. */
  readonly title?: string;
  /** The way out that the page offers, in place of the server's. */
  readonly wayOut?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** An error at the place where it belongs: what went wrong, then the way out. */
export function Problem({ problem, title, wayOut = null, children }: ProblemProps) {
  const [detail, fix, lang] = told(problem);
  return (
    <Notice kind="bad" title={title ?? <span lang={lang}>{detail}</span>}>
      {title !== undefined && <p lang={lang}>{detail}</p>}
      {wayOut ?? <p lang={lang}>{fix}</p>}
      {children}
    </Notice>
  );
}

/** The same as a text within another. */
export function ProblemText({ problem }: Pick<ProblemProps, 'problem'>) {
  const [detail, fix, lang] = told(problem);
  return (
    <span lang={lang}>
      {detail} {fix}
    </span>
  );
}

/** What went wrong and the way out, in the language of the page where it has words for it, else in the server's English. */
function told({
  code,
  detail,
  fix,
}: Refusal): readonly [detail: string, fix: string, lang: 'en' | undefined] {
  const own = words.problem(code);
  if (own !== null) return [...own, undefined];
  return [sentence(detail), sentence(fix), 'en'];
}
