import { Notice } from '../parts/Notice.tsx';
import { words } from '../words/index.ts';
import type { Fault } from './scene.ts';

/** That the address of the page names no run, and why. */
export function BadLink({ faults }: { readonly faults: readonly Fault[] }) {
  const say = words.play.link;
  return (
    <Notice kind="bad" title={say.bad}>
      {faults.map((fault) => (
        <p key={fault.field}>{textOf(fault)}</p>
      ))}
      <p>{say.first}</p>
    </Notice>
  );
}

function textOf(fault: Fault): string {
  const say = words.play.link;
  const { field } = fault;
  switch (fault.problem) {
    case 'not-a-whole-number':
    case 'out-of-range':
      return say.whole(field, fault.least, fault.most);
    case 'not-one-of':
      return say.oneOf(field, fault.allowed);
    case 'not-readable':
      return say.unreadable(field, fault.example);
    case 'unknown':
      return say.unknown(field);
  }
}
