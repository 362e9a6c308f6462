interface PipsProps {
  readonly present: number;
  readonly of: number;
  /** How many of those who are not in are absent. */
  readonly absent?: number;
}

/** Seats above which squares are no help any more. */
const mostPips = 9;

/** A square a seat: full is in, open is missing, dashed is absent. Say the numbers beside it. */
export function Pips({ present, of, absent = 0 }: PipsProps) {
  if (of > mostPips || of === 0) return null;
  const seats = Array.from({ length: of }, (_, i) =>
    i < present ? 'in' : i >= of - absent ? 'absent' : undefined,
  );
  return (
    <span class="pips" aria-hidden="true">
      {seats.map((seat, i) => (
        <i key={`${i}`} class={seat} />
      ))}
    </span>
  );
}
