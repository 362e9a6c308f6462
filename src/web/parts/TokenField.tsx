import { useState } from 'preact/hooks';
import { hasCode, type QuorateError } from '../../client/errors.ts';
import { isToken, keepToken, tokenIn } from '../token.ts';
import { words } from '../words/index.ts';

interface TokenFieldProps {
  /** The group that the page is of; null on pages that are of none. */
  readonly group: string | null;
  /** After the token was kept. */
  readonly onGiven: () => void;
}

/** Asks for the token that the server wants, keeps it for this tab, and lets what was refused be tried again. */
export function TokenField({ group, onGiven }: TokenFieldProps) {
  const [typed, type] = useState('');
  const [isWrong, setWrong] = useState(false);
  const use = (event: SubmitEvent): void => {
    event.preventDefault();
    const token = typed.trim();
    setWrong(!isToken(token));
    if (!isToken(token)) return;
    type('');
    keepToken(group, token);
    onGiven();
  };
  const hint = tokenIn(group) === null ? words.token.hint : words.token.notThis;
  return (
    <form class="token" onSubmit={use}>
      <div class="field">
        <label for="token">{group === null ? words.token.label.server : words.token.label.group}</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={typed}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? 'token-wrong' : 'token-hint'}
          onInput={(event) => type(event.currentTarget.value)}
        />
        {isWrong ? (
          <p class="wrong" id="token-wrong" role="alert">
            {words.token.wrong}
          </p>
        ) : (
          <p class="small" id="token-hint">
            {hint}
          </p>
        )}
      </div>
      <div class="buttons">
        <button class="button" type="submit">
          {words.token.button}
        </button>
      </div>
    </form>
  );
}

/** Whether a token that the page has not sent may let the reader do what was refused. */
export function asksToken(refused: QuorateError): boolean {
  return hasCode(
    refused,
    'token-required',
    'token-wrong',
    'join-key-wrong',
    'may-not-close',
    'may-not-waive',
  );
}
