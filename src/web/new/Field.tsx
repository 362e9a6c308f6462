import type { ComponentChildren } from 'preact';
import { words } from '../words/index.ts';
import type { Editor } from './editor.ts';

/** The fields of the form: each says by itself what is wrong with it, for the eye and for a screen reader. */

interface FieldProps {
  readonly editor: Editor;
  readonly field: string;
  /** What it is called, where that is not its usual name. */
  readonly label?: string;
}

export function labelOf(field: string): string {
  return words.create.fields[field.split('.')[0] as string] ?? field;
}

/** What a field says to a screen reader: whether it is wrong, and where it is said why. */
export function aria({ wrongs }: Editor, field: string) {
  const about = wrongs.value.filter(({ fields }) => fields.includes(field));
  const said = about.map(({ at }) => `wrong-${at}`);
  if (about.length === 0 && words.create.hints[field] !== undefined) said.push(`hint-${field}`);
  return {
    'aria-invalid': about.length > 0,
    'aria-describedby': said.length === 0 ? undefined : [...new Set(said)].join(' '),
  };
}

/** What is wrong, at the last of the fields that it is about; the hint where nothing is. */
export function Wrong({ editor, field }: FieldProps) {
  const { wrongs } = editor;
  const here = wrongs.value.filter(({ at }) => at === field);
  const hint = words.create.hints[field];
  if (here.length > 0)
    return (
      <p class="wrong" id={`wrong-${field}`} lang={here[0]?.lang}>
        {here.map(({ fix }) => fix).join('; ')}
      </p>
    );
  const isWrong = wrongs.value.some(({ fields }) => fields.includes(field));
  if (hint === undefined || isWrong) return null;
  return (
    <p class="small" id={`hint-${field}`}>
      {hint}
    </p>
  );
}

interface TextProps extends FieldProps {
  readonly placeholder?: string;
  readonly isNumber?: boolean;
  /** Words that the field takes too. */
  readonly list?: readonly string[];
}

export function Text({ editor, field, label, placeholder, isNumber = false, list }: TextProps) {
  return (
    <div class="field">
      <label for={field}>{label ?? labelOf(field)}</label>
      <input
        id={field}
        value={editor.text(field)}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={field === 'title'}
        type="text"
        placeholder={placeholder}
        inputMode={isNumber ? 'numeric' : undefined}
        list={list === undefined ? undefined : `list-${field}`}
        {...aria(editor, field)}
        onInput={(event) => editor.set(field, event.currentTarget.value)}
      />
      {list !== undefined && (
        <datalist id={`list-${field}`}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
      <Wrong editor={editor} field={field} />
    </div>
  );
}

/** Several lines. */
export function Area({ editor, field }: FieldProps) {
  return (
    <div class="field">
      <label for={field}>{labelOf(field)}</label>
      <textarea
        id={field}
        rows={3}
        value={editor.text(field)}
        spellcheck={false}
        {...aria(editor, field)}
        onInput={(event) => editor.set(field, event.currentTarget.value)}
      />
      <Wrong editor={editor} field={field} />
    </div>
  );
}

interface PickProps extends FieldProps {
  readonly more?: readonly (readonly [value: string, label: string])[];
}

/** One of a few, folded away. */
export function Pick({ editor, field, more = [] }: PickProps) {
  const choices = [...Object.entries(words.create.choices[field] ?? {}), ...more];
  return (
    <div class="field">
      <label for={field}>{labelOf(field)}</label>
      <select
        id={field}
        value={editor.text(field)}
        {...aria(editor, field)}
        onChange={(event) => editor.set(field, event.currentTarget.value)}
      >
        {choices.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <Wrong editor={editor} field={field} />
    </div>
  );
}

interface RadiosProps extends FieldProps {
  readonly value?: string;
  readonly onPick?: (value: string) => void;
}

/** One of a few, all to be seen. */
export function Radios({ editor, field, value, onPick }: RadiosProps) {
  const choices = Object.entries(words.create.choices[field] ?? {});
  const chosen = value ?? editor.text(field);
  const pick = onPick ?? ((next) => editor.set(field, next));
  return (
    <div class="field">
      <div class="choice" role="radiogroup" aria-label={labelOf(field)} {...aria(editor, field)}>
        {choices.map(([one, label]) => (
          <label key={one}>
            <input
              type="radio"
              name={field}
              value={one}
              checked={chosen === one}
              onChange={() => pick(one)}
            />
            {label}
          </label>
        ))}
      </div>
      <Wrong editor={editor} field={field} />
    </div>
  );
}

export function Check({ editor, field }: FieldProps) {
  return (
    <div class="field">
      <label class="check">
        <input
          id={field}
          type="checkbox"
          checked={editor.text(field) === 'yes'}
          {...aria(editor, field)}
          onChange={(event) => editor.set(field, event.currentTarget.checked ? 'yes' : 'no')}
        />
        {labelOf(field)}
      </label>
      <Wrong editor={editor} field={field} />
    </div>
  );
}

/** Fields that belong together, under a heading. */
export function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <fieldset class="part">
      <legend class="label">{title}</legend>
      {children}
    </fieldset>
  );
}
