import { Page } from '../parts/Page.tsx';
import { Problem } from '../parts/Problem.tsx';
import { asksToken, TokenField } from '../parts/TokenField.tsx';
import { words } from '../words/index.ts';
import { Beside } from './Beside.tsx';
import type { Editor } from './editor.ts';
import { aria, Text, Wrong } from './Field.tsx';
import { MadePart } from './MadePart.tsx';
import type { Maker } from './maker.ts';
import { Admission, Advanced, Afterwards, Closing, Shown, Some, Values } from './Settings.tsx';
import { Who } from './Who.tsx';

const say = words.create;

interface NewPageProps {
  readonly editor: Editor;
  readonly maker: Maker;
}

/** The page on which somebody makes a group. */
export function NewPage({ editor, maker }: NewPageProps) {
  const made = maker.made.value;
  const refused = maker.refused.value;
  return (
    <Page here="groups">
      {made !== null ? (
        <MadePart made={made} />
      ) : (
        <>
          <h1>{words.frame.create}</h1>
          <div class="columns">
            <div class="stack">
              <Form editor={editor} maker={maker} />
              {refused !== null && (
                <Problem
                  problem={refused}
                  title={refused.outcome === 'unknown' ? say.unknown : say.refused}
                  wayOut={
                    asksToken(refused) ? <TokenField group={null} onGiven={() => void maker.make()} /> : null
                  }
                />
              )}
            </div>
            <Beside editor={editor} />
          </div>
        </>
      )}
    </Page>
  );
}

function Form({ editor, maker }: NewPageProps) {
  const isBusy = maker.isBusy.value;
  const wrongs = editor.wrongs.value;
  const [first] = wrongs;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void maker.make();
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Presets editor={editor} />
      <div class="two part">
        <Text editor={editor} field="name" />
        <Text editor={editor} field="title" />
      </div>
      <Who editor={editor} />
      <Values editor={editor} />
      <Closing editor={editor} />
      <Shown editor={editor} />
      <Afterwards editor={editor} />
      <Some editor={editor} />
      <Admission editor={editor} />
      <Advanced editor={editor} />
      <div class="buttons part">
        <button
          class="button first tall"
          type="submit"
          aria-disabled={isBusy || wrongs.length > 0}
          aria-describedby={first === undefined ? undefined : `wrong-${first.at}`}
        >
          {isBusy ? say.creating : say.create}
        </button>
        {first !== undefined && <span class="small why">{whyNot(wrongs.length, first.fields.length)}</span>}
      </div>
    </form>
  );
}

function whyNot(wrongs: number, fields: number): string {
  if (wrongs > 1) return say.unusableMany(wrongs);
  return fields > 1 ? say.contradict : say.unusable;
}

function Presets({ editor }: { readonly editor: Editor }) {
  const chosen = editor.text('preset');
  const described = aria(editor, 'preset')['aria-describedby'];
  return (
    <fieldset class="part" aria-describedby={described}>
      <legend class="label">{say.start}</legend>
      <div class="presets">
        {Object.entries(say.presets).map(([preset, about]) => (
          <label key={preset} class="preset">
            <input
              type="radio"
              name="preset"
              value={preset}
              checked={chosen === preset}
              onChange={() => editor.set('preset', preset)}
            />
            <b>{preset === '' ? say.plain : preset}</b>
            <span>{about}</span>
          </label>
        ))}
      </div>
      {described !== undefined && (
        <div class="field">
          <Wrong editor={editor} field="preset" />
        </div>
      )}
    </fieldset>
  );
}
