import { useRef } from 'preact/hooks';
import { now as serverTime } from '../live.ts';
import { words } from '../words/index.ts';
import type { Vote } from './ballot.ts';

interface ReceiptProps {
  readonly vote: Extract<Vote, { state: 'sending' | 'durable' }>;
  /** What was sent, as people read it. */
  readonly label: string;
  readonly reveal: 'close' | 'live' | 'never';
  readonly isInMemory: boolean;
  /** Null where the rule allows no change. */
  readonly onChange: (() => void) | null;
  readonly onNow: () => void;
}

/** How far a vote has come: sending, not confirmed, durable. Only the last is a full shape. */
export function Receipt({ vote, label, reveal, isInMemory, onChange, onNow }: ReceiptProps) {
  const wasSending = useRef(false);
  const isSending = vote.state === 'sending';
  if (isSending) wasSending.current = true;
  const isJust = !isSending && wasSending.current;
  return (
    <div class={isJust ? 'receipt just' : 'receipt'}>
      <svg viewBox="0 0 28 28" aria-hidden="true">
        {isSending ? <Going isWaiting={vote.failures > 0} /> : <Kept />}
      </svg>
      <p role="status">
        {vote.state === 'sending' ? (
          <Sending vote={vote} label={label} />
        ) : (
          <Durable {...{ vote, label, reveal, isInMemory }} />
        )}
      </p>
      {isSending && vote.failures > 0 && (
        <button class="button plain" type="button" onClick={onNow}>
          {words.vote.now}
        </button>
      )}
      {!isSending && onChange !== null && (
        <button class="button plain" type="button" onClick={onChange}>
          {words.vote.change}
        </button>
      )}
    </div>
  );
}

function Sending({
  vote,
  label,
}: {
  readonly vote: Extract<Vote, { state: 'sending' }>;
  readonly label: string;
}) {
  if (vote.failures === 0)
    return (
      <>
        <b>{words.vote.sending(label)}</b>
        <small>{words.vote.sentOnce}</small>
      </>
    );
  // The clock of the page moves once a second.
  void serverTime.value;
  const seconds = vote.retryAt === null ? 0 : Math.ceil((vote.retryAt - Date.now()) / 1000);
  return (
    <>
      <b>{words.vote.unconfirmed}</b>
      {/* Silent: a reader would say every second. */}
      <small aria-live="off">{seconds > 0 ? words.vote.again(seconds) : words.vote.trying}</small>
    </>
  );
}

type DurableProps = Pick<ReceiptProps, 'label' | 'reveal' | 'isInMemory'> & {
  readonly vote: Extract<Vote, { state: 'durable' }>;
};

function Durable({ vote, label, reveal, isInMemory }: DurableProps) {
  const { index } = vote.kept;
  const about = [words.vote.shown[reveal](label)];
  if (isInMemory) about.push(words.vote.inMemory);
  if (vote.elsewhere) about.push(words.vote.elsewhere);
  return (
    <>
      <b>{isInMemory ? words.vote.counted(index) : words.vote.durable(index)}</b>
      <small>{about.join(', ')}</small>
    </>
  );
}

function Going({ isWaiting }: { readonly isWaiting: boolean }) {
  if (isWaiting) return <circle class="o waits" cx="14" cy="14" r="11" />;
  return (
    <>
      <circle class="o" cx="14" cy="14" r="11" />
      <path class="going" d="M14 3a11 11 0 0 1 11 11" />
    </>
  );
}

function Kept() {
  return (
    <>
      <circle class="kept" cx="14" cy="14" r="12.5" />
      <path class="tickmark" d="M8.5 14.5 12.5 18.5 20 10.5" />
    </>
  );
}
