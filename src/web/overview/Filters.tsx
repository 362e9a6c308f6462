import type { Signal } from '@preact/signals';
import { words } from '../words/index.ts';
import { type Show, shows } from './rows.ts';

interface FiltersProps {
  readonly search: Signal<string>;
  readonly show: Signal<Show>;
  readonly counts: Readonly<Record<Show, number>>;
}

/** What of the list is shown. */
export function Filters({ search, show, counts }: FiltersProps) {
  const { overview } = words;
  return (
    <search aria-label={overview.title}>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <div class="search">
          <label class="unseen" for="q">
            {overview.search}
          </label>
          <input
            id="q"
            type="search"
            placeholder={overview.search}
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value;
            }}
          />
        </div>
        <fieldset class="choice">
          <legend class="unseen">{overview.show}</legend>
          {shows.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name="show"
                value={one}
                checked={show.value === one}
                onChange={() => {
                  show.value = one;
                }}
              />
              {overview.shows[one]} <span class="n">{words.count(counts[one])}</span>
            </label>
          ))}
        </fieldset>
      </form>
    </search>
  );
}
