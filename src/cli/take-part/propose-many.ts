import type { Command } from 'commander';
import type { Duration, ManyProposal, RoundJson } from '../../client/index.ts';
import { clientOf, type Globals, jsonLine } from '../arguments.ts';
import { CliError, complainOfLine, exit, explain, messageOf, type RefusedLine } from '../exit.ts';
import { note, plain, print, roundLine } from '../output.ts';
import { linesOf } from '../text-file.ts';

/**
 * Proposes every line of a file, or of standard input for `-`, and prints what came of each as it settles. Resolves with the exit code: 1
 * when a line was refused or a round failed, 3 when a round had no outcome in time.
 */
export async function proposeMany(
  command: Command,
  file: string,
  wait: Duration | undefined,
): Promise<number> {
  const report = new Report(command.optsWithGlobals<Globals>().json);
  const ballots = new Ballots(file, (line, refused) => report.refused(line, refused));
  const client = clientOf(command, '5s');
  for await (const { proposal, round, error } of client.proposals(ballots.all(), { wait })) {
    const line = ballots.lineOf(proposal);
    if (error === null) report.taken(line, proposal, round);
    else report.refused(line, { ...explain(error), code: error.code });
  }
  if (report.lines === 0) {
    const fix = 'write one a line: quorate propose --help shows how';
    throw new CliError(`${ballots.named} has no proposals`, fix, exit.usage);
  }
  return report.end(wait !== undefined);
}

/** The proposals of a file, and the line that each stands in. */
class Ballots {
  readonly named: string;
  private readonly file: string | 0;
  private readonly refuse: (line: number, refused: RefusedLine) => void;
  /** Of the proposals on their way. */
  private readonly lines = new Map<object, number>();

  constructor(file: string, refuse: (line: number, refused: RefusedLine) => void) {
    this.file = file === '-' ? 0 : file;
    this.named = file === '-' ? 'standard input' : file;
    this.refuse = refuse;
  }

  /** The number of its line; to be asked once. */
  lineOf(proposal: ManyProposal): number {
    const line = this.lines.get(proposal) ?? 0;
    this.lines.delete(proposal);
    return line;
  }

  /** What is no JSON object is refused here, before anything could round its numbers. */
  async *all(): AsyncGenerator<ManyProposal, void, void> {
    let line = 0;
    try {
      for await (const text of linesOf(this.file)) {
        line += 1;
        if (text?.trim() === '') continue;
        const proposal = this.read(line, text);
        if (proposal === null) continue;
        this.lines.set(proposal, line);
        yield proposal;
      }
    } catch (error) {
      const fix = 'name a file that can be read, or - for standard input: --from';
      throw new CliError(`${this.named} cannot be read: ${messageOf(error)}`, fix, exit.usage);
    }
  }

  private read(line: number, text: string | null): ManyProposal | null {
    const parsed = text === null ? { wrong: 'it is not UTF-8' } : jsonLine(text);
    const isObject = 'value' in parsed && typeof parsed.value === 'object' && !Array.isArray(parsed.value);
    if (isObject && parsed.value !== null) return parsed.value as unknown as ManyProposal;
    const detail = 'wrong' in parsed ? parsed.wrong : 'it is another value';
    const fix = 'write it as quorate propose --help shows; a number that would be rounded as a text';
    this.refuse(line, { code: 'invalid-json', title: 'The line is no JSON object', detail, fix });
    return null;
  }
}

/** Prints what came of each line, and counts. */
class Report {
  lines = 0;
  private refusals = 0;
  private failed = 0;
  private waiting = 0;
  private readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  taken(line: number, { group, agent }: ManyProposal, round: RoundJson): void {
    this.lines += 1;
    if (round.state === 'FAILED') this.failed += 1;
    if (round.state === 'WAITING') this.waiting += 1;
    const text = `line ${line}: ${plain(group)}, ${plain(agent)}: ${roundLine(round)}`;
    print(this.json ? JSON.stringify({ line, round }) : text);
  }

  refused(line: number, why: RefusedLine): void {
    this.lines += 1;
    this.refusals += 1;
    complainOfLine(line, why, this.json);
  }

  /** Says how many were taken, and gives the exit code. */
  end(waited: boolean): number {
    const { lines, refusals } = this;
    if (!this.json) note(`${lines - refusals} of ${lines} proposals taken, ${refusals} refused`);
    if (refusals > 0 || this.failed > 0) return exit.failed;
    return waited && this.waiting > 0 ? exit.undecided : exit.agreed;
  }
}
