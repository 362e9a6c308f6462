/** What stands for who has asked for a command, such as its place in a trace. The same for all commands of one request. */
export type Caller = object;

/**
 * Follows commands on their way through the log, such as for a trace of the requests that they come from. Without it nothing is done
 * and nothing is kept.
 */
export interface Following {
  /** Whose command this is that is submitted at this moment; null where nobody follows it. */
  caller(): Caller | null;
  /** An entry of so many commands goes to the log, of which some come from these callers. */
  appending(callers: ReadonlySet<Caller>, commands: number): Appending;
  /** This entry is about to be applied; to be called again when it is. */
  applying(callers: ReadonlySet<Caller>, index: number): () => void;
}

/** An entry on its way to the log. */
interface Appending {
  /** Runs what appends it. */
  run<T>(append: () => T): T;
  /** It is durable, or `refused` says why it is not in the log, or may not be. */
  over(refused?: string): void;
}

/** The callers of these commands, each once. */
export function callersOf(commands: readonly { readonly caller?: Caller | null }[]): ReadonlySet<Caller> {
  return new Set(commands.flatMap(({ caller }) => caller ?? []));
}
