import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { words } from '../words/index.ts';

interface CodeProps {
  readonly text: string;
  /** What the button copies, for those who do not see it: "the command". */
  readonly what: string;
}

/** How long "Copied" stands, ms. */
const shownMs = 2000;

/** A text to copy. Without a secure context there is no clipboard: then the text is selected and the key is named. */
export function Code({ text, what }: CodeProps) {
  const said = useSignal<string | null>(null);
  const code = useRef<HTMLElement>(null);
  const say = (word: string): void => {
    said.value = word;
    setTimeout(() => {
      said.value = null;
    }, shownMs);
  };
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      say(words.code.copied);
    } catch {
      if (code.current !== null) getSelection()?.selectAllChildren(code.current);
      say(words.code.press);
    }
  };
  return (
    <div class="code">
      <code ref={code}>{text.split(' ').flatMap(wordOf)}</code>
      <button
        class="button plain"
        type="button"
        aria-label={said.value === null ? words.code.copyWhat(what) : undefined}
        onClick={() => void copy()}
      >
        {said.value ?? words.code.copy}
      </button>
    </div>
  );
}

const wordOf = (word: string, i: number) => [
  i === 0 ? '' : ' ',
  <span class="word" key={i}>
    {word}
  </span>,
];
