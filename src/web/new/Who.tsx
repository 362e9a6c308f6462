import { words } from '../words/index.ts';
import type { Editor } from './editor.ts';
import { type Who as Kind, panelFields, panelsIn, whoOf } from './electorate.ts';
import { labelOf, Part, Pick, Radios, Text } from './Field.tsx';

const say = words.create;
const thresholds = ['majority', 'two-thirds', 'unanimous'];
/** What a panel is that says nothing of it, in words of the protocol. */
const usual = { role: 'agents', threshold: 'majority' };
/** Panels that a rule takes, the one after `else` included. */
const mostPanels = 16;

/** Who may vote, and how many of them must be equal. */
export function Who({ editor }: { readonly editor: Editor }) {
  const who = whoOf(editor.text);
  const pick = (next: string): void => {
    const begins = next === 'parts' && panelsIn(editor.form.peek()).length === 0;
    editor.change({ who: next, ...(begins && { 'agents.0': '', 'agents.1': '' }) });
  };
  return (
    <Part title={say.parts.who}>
      <Radios editor={editor} field="who" value={who} onPick={pick} />
      {whose(editor, who)}
      {who === 'parts' ? (
        <Text editor={editor} field="floor" isNumber />
      ) : (
        <div class="two">
          <Text editor={editor} field="threshold" list={thresholds} />
          <Text editor={editor} field="floor" isNumber />
        </div>
      )}
    </Part>
  );
}

function whose(editor: Editor, who: Kind) {
  if (who === 'agents') return <Text editor={editor} field="agents" />;
  if (who === 'size') return <Text editor={editor} field="size" isNumber />;
  if (who === 'parts') return <Panels editor={editor} />;
  return (
    <div class="two">
      <Text editor={editor} field="least" isNumber />
      <Text editor={editor} field="most" isNumber />
    </div>
  );
}

function Panels({ editor }: { readonly editor: Editor }) {
  const panels = panelsIn(editor.form.value);
  const hasElse = editor.form.value['agents.else'] !== undefined;
  const combine = editor.text('combine');
  const counts = new Set(panels.map((_, i) => String(i + 1)));
  // What somebody wrote into the address stands too.
  if (!['all', 'any'].includes(combine)) counts.add(combine);
  const add = (): void =>
    editor.change({ [`agents.${panels.length === 0 ? 0 : Number(panels.at(-1)) + 1}`]: '' });
  const total = panels.length + (hasElse ? 1 : 0);
  return (
    <>
      <Pick
        editor={editor}
        field="combine"
        more={[...counts].map((n) => [n, say.atLeast(Number(n))] as const)}
      />
      {panels.map((n, i) => (
        <Panel key={n} editor={editor} n={n} title={say.panel.nth(i + 1)} isOnly={panels.length === 1} />
      ))}
      {hasElse && <Panel editor={editor} n="else" title={say.panel.else} isOnly={false} />}
      <div class="buttons">
        {total < mostPanels && (
          <button class="button" type="button" onClick={add}>
            {say.panel.add}
          </button>
        )}
        {total < mostPanels && !hasElse && (
          <button class="button" type="button" onClick={() => editor.change({ 'agents.else': '' })}>
            {say.panel.addElse}
          </button>
        )}
      </div>
    </>
  );
}

interface PanelProps {
  readonly editor: Editor;
  readonly n: string;
  readonly title: string;
  readonly isOnly: boolean;
}

function Panel({ editor, n, title, isOnly }: PanelProps) {
  const remove = (): void =>
    editor.change(Object.fromEntries(panelFields.map((field) => [`${field}.${n}`, null])));
  const name = editor.text(`role.${n}`);
  return (
    <fieldset class="electors">
      <legend class="unseen">{title}</legend>
      <div class="two">
        <Text editor={editor} field={`role.${n}`} label={title} placeholder={usual.role} />
        <Text editor={editor} field={`agents.${n}`} label={labelOf('agents')} />
        <Text
          editor={editor}
          field={`threshold.${n}`}
          placeholder={usual.threshold}
          label={labelOf('threshold')}
          list={thresholds}
        />
      </div>
      {!isOnly && (
        <button class="button plain" type="button" onClick={remove}>
          {say.panel.remove(name === '' ? title : name)}
        </button>
      )}
    </fieldset>
  );
}
