import { type ReadonlySignal, signal } from '@preact/signals';
import { QuorateError } from '../../client/errors.ts';
import { newKeys } from '../../client/keys.ts';
import { rosterOf } from '../../core/rule/electorate.ts';
import type { Settings } from '../../core/types.ts';
import { groupPath, placeOf } from '../place.ts';
import { reach } from '../server.ts';
import { keepToken, tokenIn } from '../token.ts';
import { words } from '../words/index.ts';
import type { Editor } from './editor.ts';

interface Keys {
  readonly joinKey: string;
  readonly observerKey: string;
}

/** A group that is there, and what its maker has to give to others. */
export interface Made {
  readonly group: string;
  readonly admission: 'key' | 'invite';
  readonly keys: Keys;
  /** Who votes, by name; null where the rule names nobody. */
  readonly roster: readonly string[] | null;
}

export interface Maker {
  readonly isBusy: ReadonlySignal<boolean>;
  /** Why the server refused, where that is not said at a field. */
  readonly refused: ReadonlySignal<QuorateError | null>;
  /** A group with keys that was made; one without is opened at once. */
  readonly made: ReadonlySignal<Made | null>;
  readonly make: () => Promise<void>;
}

/** How long no answer is borne, ms. */
const retryFor = 5000;

export function makerOf(editor: Editor): Maker {
  const isBusy = signal(false);
  const refused = signal<QuorateError | null>(null);
  const made = signal<Made | null>(null);
  // Sent again when somebody presses again: else the keys of a group whose answer was lost would be lost too.
  let keys: Keys = newKeys();
  /** The body that may have made the group although no answer came. */
  let unanswered: string | null = null;

  const send = async (): Promise<void> => {
    const { body, parsed } = editor.reading.peek();
    const { name = '' } = editor.form.peek();
    if (!parsed.ok) return;
    const { settings } = parsed;
    const isClosed = settings.admission !== 'open';
    const text = JSON.stringify([name, body]);
    const reply = await reach({ token: tokenIn(null), retryFor })
      .send({
        method: 'PUT',
        path: `/v1/groups/${encodeURIComponent(name)}`,
        body: isClosed ? { ...body, ...keys } : body,
        headers: { 'if-none-match': '*' },
      })
      .catch((error: unknown) => {
        unanswered = error instanceof QuorateError && error.outcome === 'unknown' ? text : null;
        throw error;
      });
    // A group with these very settings was there before, unless an earlier attempt has made it.
    if (reply.status === 200 && !isClosed && !reply.repeated && unanswered !== text)
      return editor.refuseName(words.create.taken(name));
    open(name, settings);
  };
  const open = (group: string, settings: Settings): void => {
    if (settings.admission === 'open') {
      location.assign(groupPath(placeOf(location.pathname), group));
      return;
    }
    // Without it the page of the group would not know that there is one.
    if (tokenIn(null) === null) keepToken(group, keys.joinKey);
    const roster = rosterOf(settings.rule.electorate);
    made.value = { group, admission: settings.admission, keys, roster };
    keys = newKeys();
  };
  const refuse = (error: QuorateError): void => {
    const { name = '' } = editor.form.peek();
    const { code, fix, errors } = error;
    // To who may not see it, a group with keys looks like none.
    if (['revision-mismatch', 'group-not-found', 'join-key-wrong'].includes(code))
      editor.refuseName(words.create.taken(name));
    else if (code === 'invalid-name' || code === 'reserved-name') editor.refuseName(fix);
    else if (code === 'invalid-rule' && errors.length > 0) editor.refuse(errors);
    else refused.value = error;
  };
  const make = async (): Promise<void> => {
    if (isBusy.peek()) return;
    refused.value = null;
    if ((editor.form.peek().name ?? '') === '') editor.refuseName(null);
    if (editor.wrongs.peek().length > 0) return showWrong(editor);
    isBusy.value = true;
    try {
      await send();
    } catch (error) {
      if (!(error instanceof QuorateError)) throw error;
      refuse(error);
    } finally {
      isBusy.value = false;
    }
    if (editor.wrongs.peek().length > 0) showWrong(editor);
  };
  return { isBusy, refused, made, make };
}

/** Leads to the first field that is wrong. */
function showWrong(editor: Editor): void {
  const [first] = editor.wrongs.peek();
  const field = document.getElementById(first?.at ?? '') ?? document.querySelector('[aria-invalid="true"]');
  if (field instanceof HTMLElement) field.focus();
}
