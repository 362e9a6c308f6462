import type { ComponentChildren } from 'preact';

interface NoticeProps {
  /** `bad`: something of the reader's did not happen; it is said at once. `slow`: it takes longer than it should. */
  readonly kind?: 'bad' | 'slow';
  readonly title: ComponentChildren;
  readonly children?: ComponentChildren;
}

const signs = { bad: '≠', slow: '…' } as const;

/** A message at the place where it belongs: the cause, then the way out. */
export function Notice({ kind, title, children }: NoticeProps) {
  return (
    <div class={kind === undefined ? 'notice' : `notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      <span class="sign" aria-hidden="true">
        {kind === undefined ? '·' : signs[kind]}
      </span>
      <b>{title}</b>
      {children}
    </div>
  );
}
