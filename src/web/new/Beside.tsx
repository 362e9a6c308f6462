import type { Settings } from '../../core/types.ts';
import { viewRule } from '../../core/view/rule.ts';
import { Code } from '../parts/Code.tsx';
import { serverAddress } from '../server.ts';
import { tokenIn } from '../token.ts';
import { words } from '../words/index.ts';
import { ruleInWords } from '../words/rule.ts';
import type { Editor } from './editor.ts';
import { commandOf, curlOf } from './lines.ts';

/** What stands beside the form and changes with it: the rule in words, and the lines that make the same group. */
export function Beside({ editor }: { readonly editor: Editor }) {
  const say = words.create;
  const { body, parsed } = editor.reading.value;
  const target = {
    group: editor.form.value.name ?? '',
    server: serverAddress().replace(/\/$/, ''),
    needsToken: tokenIn(null) !== null,
  };
  return (
    <div class="rail">
      <section class="part" aria-labelledby="in-words">
        <h2 id="in-words">{say.inWords}</h2>
        <InWords editor={editor} settings={parsed.ok ? parsed.settings : parsed.understood} />
      </section>
      <section class="part" aria-labelledby="command">
        <h2 id="command">{say.command}</h2>
        <Code text={commandOf(body, target)} what={say.theCommand} />
      </section>
      <section class="part" aria-labelledby="curl">
        <h2 id="curl">{say.curl}</h2>
        <Code text={curlOf(body, target)} what={say.theCurlLine} />
      </section>
    </div>
  );
}

/** The fields that the first sentence is about. */
const ofFirst = /^(?:who|agents|size|least|most|combine|threshold|weights)(?:\.|$)/;

function InWords({ editor, settings }: { readonly editor: Editor; readonly settings: Settings }) {
  const isWrong = editor.wrongs.value.some(({ fields }) => fields.some((field) => ofFirst.test(field)));
  return (
    <ul class="words" aria-live="polite">
      {ruleInWords(viewRule(settings.rule)).map((parts, at) => (
        <li key={parts.join('')}>
          {parts.map((text, i) =>
            i % 2 === 0 || text === '' ? (
              text
            ) : (
              <mark key={text} class={isWrong && at === 0 ? 'wrong' : undefined}>
                {text}
              </mark>
            ),
          )}
        </li>
      ))}
    </ul>
  );
}
