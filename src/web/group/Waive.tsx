import { useState } from 'preact/hooks';
import { words } from '../words/index.ts';

const say = words.group.waive;

interface WaiveProps {
  /** The agents that are waited for. */
  readonly missing: readonly string[];
  readonly isBusy: boolean;
  readonly onWaive: (agent: string, reason: string) => void;
}

/** Takes an elector who does not come out of the round, with a reason that everybody sees. */
export function Waive({ missing, isBusy, onWaive }: WaiveProps) {
  const [chosen, choose] = useState('');
  const [reason, setReason] = useState('');
  // Who was chosen may have come in since.
  const agent = missing.includes(chosen) ? chosen : (missing[0] ?? '');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (isBusy || reason.trim() === '') return;
    onWaive(agent, reason.trim());
    setReason('');
  };
  return (
    <details>
      <summary>{say.title}</summary>
      <form class="waive" onSubmit={submit}>
        <div class="field">
          <label for="waive-agent">{say.seat}</label>
          <select id="waive-agent" value={agent} onChange={(event) => choose(event.currentTarget.value)}>
            {missing.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="waive-reason">{say.reason}</label>
          <input
            id="waive-reason"
            value={reason}
            maxLength={mostReason}
            required
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </div>
        <div class="buttons">
          <button class="button" type="submit" aria-disabled={isBusy}>
            {say.button(agent)}
          </button>
        </div>
      </form>
    </details>
  );
}

/** Characters of a reason. */
const mostReason = 200;
