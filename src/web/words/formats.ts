/** How a language writes numbers, times and lists. */
export interface Formats {
  readonly count: (n: number) => string;
  /** The first `most` of the names, and how many others there are. */
  readonly some: (names: readonly string[], most?: number, more?: number) => string;
  /** `14:01:20`. */
  readonly time: (date: Date) => string;
  /** As clocks write it: `0:08`, `26:10`, `3 h 10 min`, `2 d 4 h`. */
  readonly duration: (ms: number) => string;
  /** `24 s`, and from a minute on as clocks write it. */
  readonly left: (ms: number) => string;
  /** `1.4 s`. */
  readonly seconds: (ms: number) => string;
  /** Of a share of 1, without the sign: `31.4`. */
  readonly percent: (share: number) => string;
  /** As sentences write it: `45 s`, `3 minutes`, `1 h 30 min`. */
  readonly span: (ms: number) => string;
}

/** The words that formats need: "3 more", and the name of one and of several of a unit. */
interface Names {
  readonly others: (n: string) => string;
  readonly minute: readonly [string, string];
  readonly hour: readonly [string, string];
  readonly day: readonly [string, string];
}

/** The formats of a language, named as in BCP 47. */
export function formats(tag: string, names: Names): Formats {
  const number = new Intl.NumberFormat(tag);
  const percent = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
  const clock = new Intl.DateTimeFormat(tag, { timeStyle: 'medium', hourCycle: 'h23' });
  const list = new Intl.ListFormat(tag);
  const count = (n: number): string => number.format(n);
  const many = (n: number, [one, several]: readonly [string, string]) => `${n} ${n === 1 ? one : several}`;
  return {
    count,
    some(texts, most = 4, more = 0) {
      const shown = texts.slice(0, most);
      const rest = texts.length - shown.length + more;
      return list.format(rest > 0 ? [...shown, names.others(count(rest))] : shown);
    },
    time: (date) => clock.format(date),
    duration,
    percent: (share) => percent.format(share * 100),
    left: (ms) => (ms < 60_000 ? `${Math.ceil(ms / 1000)}\u00a0s` : duration(ms)),
    seconds: (ms) => `${count(Math.round(ms / 100) / 10)}\u00a0s`,
    span: (ms) => inUnits(ms / 1000).replaceAll(' ', '\u00a0'),
  };

  function inUnits(seconds: number): string {
    if (seconds < 120 && seconds !== 60) return `${count(seconds)} s`;
    if (seconds % 60 !== 0) return `${Math.floor(seconds / 60)} min ${count(seconds % 60)} s`;
    const minutes = seconds / 60;
    if (minutes < 60) return many(minutes, names.minute);
    if (minutes % 1440 === 0) return many(minutes / 1440, names.day);
    if (minutes % 60 === 0) return many(minutes / 60, names.hour);
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 24 * 60) return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
}
