import type { LogPart } from '../../log-contents.ts';
import { paint, plain, printed } from '../output.ts';

const longestShown = 400;

/** Prints what the log in `dir` holds, a line for each part and each command, or an object for each part. */
export async function printLog(
  dir: string,
  { from, limit, json }: { readonly from: number; readonly limit: number; readonly json: boolean },
): Promise<void> {
  const { logContents } = await import('../../log-contents.ts');
  for await (const part of logContents(dir, { from, limit }))
    await printed(json ? JSON.stringify(part) : linesOf(part));
}

function linesOf(part: LogPart): string {
  if ('entry' in part) {
    const { entry, time, server, commands } = part;
    const mark = part.void ? 'void: another server took over before it  ' : '';
    const first = `${String(entry).padStart(8)}  ${time}  ${plain(server)}  ${mark}`;
    const [one = 'no command', ...more] = commands.map((command) => shortened(JSON.stringify(command)));
    return [first + one, ...more.map((line) => ' '.repeat(10) + line)].join('\n');
  }
  if ('unreadable' in part) {
    const { unreadable, segment, at } = part;
    const what =
      unreadable === 'torn'
        ? 'a write was cut short here and never acknowledged'
        : 'what follows is damaged and is not shown';
    return paint(unreadable === 'torn' ? 'yellow' : 'red', `  byte ${at} of ${segment}: ${what}`);
  }
  if ('segment' in part) {
    const { segment, bytes, follows } = part;
    const place = follows === null ? 'no head' : `begins behind entry ${follows}`;
    return paint('bold', `segment ${segment}, ${bytes} bytes, ${place}`);
  }
  if ('checkpoint' in part) return paint('bold', `checkpoint: the state as of entry ${part.checkpoint}`);
  if ('record' in part) return `  ${plain(part.record)}  ${part.bytes} bytes  ${shortened(part.text)}`;
  if ('moreRecords' in part) return `  ${part.moreRecords} more records; --limit shows more`;
  return `  there are more entries: --from ${part.moreFrom} goes on, --limit shows more`;
}

function shortened(text: string): string {
  const line = plain(text);
  return line.length <= longestShown
    ? line
    : `${line.slice(0, longestShown)}… (${line.length} characters; --json shows all)`;
}
