import { useRef } from 'preact/hooks';
import { bounds } from '../../play/record.ts';
import type { RunRecord } from '../../play/types.ts';
import { words } from '../words/index.ts';

const say = words.play.free;

interface FreePlayProps {
  readonly record: RunRecord;
  /** `push` at the beginning of a change, `replace` while it goes on. */
  readonly onChange: (record: RunRecord, how: 'push' | 'replace') => void;
}

/** The most that the slider of the highest number goes to: beyond it two agents hardly ever agree. */
const highestShown = 30;
const chances = ['loss', 'delay', 'duplication', 'crash'] as const;

/** The agents and what goes wrong, as fields: the run follows at once. */
export function FreePlay({ record, onChange }: FreePlayProps) {
  /** The field that is being moved: one comes back to what was before the whole move. */
  const moving = useRef<string | null>(null);
  const change = (field: string, part: Partial<RunRecord>): void => {
    const how = moving.current === field ? 'replace' : 'push';
    moving.current = field;
    const next = { ...record, ...part, turns: null, draws: null };
    onChange({ ...next, quorum: Math.min(next.quorum, next.agents) }, how);
  };
  const rest = (): void => {
    moving.current = null;
  };
  const slider = (field: Exclude<keyof typeof bounds, 'seed'>, label: string, text: string, most: number) => (
    <div class="field">
      <label for={field}>
        {label} <output for={field}>{text}</output>
      </label>
      <input
        id={field}
        type="range"
        min={bounds[field][0]}
        max={most}
        value={record[field]}
        aria-valuetext={text}
        onInput={(event) => change(field, { [field]: Number(event.currentTarget.value) })}
        onChange={rest}
      />
    </div>
  );
  return (
    <section class="part free" aria-label={say.label}>
      {slider('agents', say.agents, words.count(record.agents), bounds.agents[1])}
      {slider('quorum', say.quorum, words.count(record.quorum), record.agents)}
      {slider('max', say.max, words.count(record.max), Math.max(highestShown, record.max))}
      {chances.map((field) => slider(field, say[field], say.percent(record[field]), bounds[field][1]))}
      <div class="field">
        <label for="seed">{say.seed}</label>
        <input
          id="seed"
          type="number"
          min={bounds.seed[0]}
          max={bounds.seed[1]}
          value={record.seed}
          onChange={(event) => {
            const seed = event.currentTarget.valueAsNumber;
            const [least, most] = bounds.seed;
            if (Number.isInteger(seed) && seed >= least && seed <= most) change('seed', { seed });
            else event.currentTarget.value = String(record.seed);
            rest();
          }}
        />
      </div>
      <Choice
        label={say.clients}
        name="clients"
        value={record.clients}
        kinds={say.clientKinds}
        onChange={(clients) => {
          change('clients', { clients });
          rest();
        }}
      />
      {record.clients === 'anonymous' && record.loss > 0 && <p class="small">{say.anonymous}</p>}
      <Choice
        label={say.replies}
        name="replies"
        value={record.replies}
        kinds={say.replyKinds}
        onChange={(replies) => {
          change('replies', { replies });
          rest();
        }}
      />
    </section>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly name: string;
  readonly value: T;
  readonly kinds: Readonly<Record<T, string>>;
  readonly onChange: (value: T) => void;
}

function Choice<T extends string>({ label, name, value, kinds, onChange }: ChoiceProps<T>) {
  return (
    <fieldset class="field">
      <legend>{label}</legend>
      <div class="choice">
        {(Object.keys(kinds) as T[]).map((kind) => (
          <label key={kind}>
            <input type="radio" name={name} checked={value === kind} onChange={() => onChange(kind)} />
            {kinds[kind]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
