import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { isName } from '../../core/limits.ts';
import type { Complaint } from '../../core/rule/reader.ts';
import { words } from '../words/index.ts';
import { edited, fromAddress, type Reading, read, textIn, toAddress } from './form.ts';
import type { Form } from './texts.ts';
import { type Wrong, wrongIn } from './wrong.ts';

/** The form while somebody edits it. It stands in the address, so that it can be given on and survives a reload. */
export interface Editor {
  readonly form: Signal<Form>;
  readonly reading: ReadonlySignal<Reading>;
  readonly wrongs: ReadonlySignal<readonly Wrong[]>;
  readonly text: (field: string) => string;
  readonly set: (field: string, text: string) => void;
  /** Changes several fields at once; null takes a field out. */
  readonly change: (texts: Readonly<Record<string, string | null>>) => void;
  /** Says what the server found wrong; it stands until somebody edits. */
  readonly refuse: (complaints: readonly Complaint[]) => void;
  /** Says that there is a group of this name, or that it is no name; null: that one is missing, if it is. */
  readonly refuseName: (why: string | null) => void;
}

/** What is wrong with the name besides what one sees in it, and of which name that was said. */
interface NameRefused {
  readonly name: string;
  readonly why: string;
}

export function editForm(): Editor {
  const form = signal(fromAddress(location.search));
  const reading = computed(() => read(form.value));
  const byServer = signal<readonly Complaint[] | undefined>(undefined);
  const nameRefused = signal<NameRefused | null>(null);
  const nameWrong = computed((): Wrong[] => {
    const { name = '' } = form.value;
    const refused = nameRefused.value;
    const why =
      refused?.name === name ? refused.why : name === '' || isName(name) ? null : words.create.badName;
    return why === null ? [] : [{ fields: ['name'], at: 'name', fix: why }];
  });
  const wrongs = computed(() => [...nameWrong.value, ...wrongIn(form.value, reading.value, byServer.value)]);
  const put = (next: Form): void => {
    byServer.value = undefined;
    form.value = next;
  };
  effect(() => {
    const query = toAddress(form.value);
    history.replaceState(null, '', query === '' ? location.pathname : `?${query}`);
  });
  addEventListener('popstate', () => put(fromAddress(location.search)));
  return {
    form,
    reading,
    wrongs,
    text: (field) => textIn(form.value)(field),
    set: (field, text) => put(edited(form.peek(), field, text)),
    change: (texts) => {
      const next = Object.entries({ ...form.peek(), ...texts }).filter(
        (one): one is [string, string] => one[1] !== null,
      );
      put(edited(Object.fromEntries(next), 'preset', form.peek().preset ?? ''));
    },
    refuse: (complaints) => {
      byServer.value = complaints;
    },
    refuseName: (why) => {
      const { name = '' } = form.peek();
      nameRefused.value = { name, why: why ?? words.create.noName };
    },
  };
}
