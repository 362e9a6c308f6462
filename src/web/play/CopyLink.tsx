import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../words/index.ts';

const say = words.play.link;

/** How long "Copied" stands, ms. */
const shownMs = 2000;

/** Copies the address of the present scene. Without a secure context there is no clipboard: then it is shown, selected. */
export function CopyLink({ query }: { readonly query: string }) {
  const isCopied = useSignal(false);
  const shown = useSignal<string | null>(null);
  const code = useRef<HTMLElement>(null);
  const copy = async (): Promise<void> => {
    const link = location.origin + location.pathname + query;
    try {
      await navigator.clipboard.writeText(link);
      isCopied.value = true;
      setTimeout(() => {
        isCopied.value = false;
      }, shownMs);
    } catch {
      shown.value = link;
    }
  };
  useEffect(() => {
    if (code.current !== null) getSelection()?.selectAllChildren(code.current);
  }, [shown.value]);
  return (
    <>
      <button class="button" type="button" onClick={() => void copy()}>
        {isCopied.value ? say.copied : say.copy}
      </button>
      {shown.value !== null && (
        <p class="link" role="status">
          <b>{say.press}</b> <code ref={code}>{shown.value}</code>
        </p>
      )}
    </>
  );
}
