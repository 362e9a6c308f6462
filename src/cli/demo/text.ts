import type { RoundJson } from '../../client/index.ts';
import type { Globals } from '../arguments.ts';
import { paint, proposalsText, stateText, valueText } from '../output.ts';

export interface DemoOptions extends Globals {
  readonly agents: number;
  readonly quorum: number;
  readonly max: number;
  readonly keep: boolean;
  readonly cluster: boolean;
  readonly open: boolean;
  readonly lan: boolean;
}

/** One line for a round: the proposals, then the outcome. */
export function demoRound(round: RoundJson): string {
  const outcome =
    round.state === 'SUCCESS'
      ? `${stateText(round.state)} ${valueText(round.value)}`
      : stateText(round.state);
  return `round ${String(round.round).padStart(2)}   ${proposalsText(round)}   ${outcome}`;
}

export function demoEnd(decision: RoundJson, seconds: number): string {
  const summary = `Agreed on ${valueText(decision.value)} in round ${decision.round}, after ${seconds} s.`;
  const behind = decision.tally?.[0]?.agents ?? [];
  return `\n${paint('green', summary)} Proposed by ${behind.join(', ')}.`;
}

/** The commands to do the same by hand: on the server that was kept, or on one that the reader starts. */
export function byHand(kept: string | null): string {
  const url = kept ?? 'http://127.0.0.1:5000';
  const json = "-H 'content-type: application/json'";
  const propose = `curl -X PUT '${url}/v1/groups/lunch/rounds/1/proposals`;
  return [
    '\nTry it by hand:',
    ...(kept === null ? ['  npx quorate server --detach --log memory:'] : []),
    `  curl -X PUT ${url}/v1/groups/lunch ${json} -d '{"rule":{"electorate":{"agents":["ann","bob"]},"threshold":2}}'`,
    `  ${propose}/ann' ${json} -d '{"value":"pizza"}'`,
    `  ${propose}/bob?wait=30s' ${json} -d '{"value":"pizza"}'`,
    ...(kept === null ? [] : [`  npx quorate watch demo --url ${url}`]),
  ].join('\n');
}
