import type { Group } from '../../src/core/group/state.ts';
import type { Rule } from '../../src/core/types.ts';
import { viewEvent, viewGroup, viewRound } from '../../src/core/view/view.ts';
import type { Invariant, Step } from './step.ts';

/** I11: a blind round shows no value before it closes, and with `reveal: "never"` none but the decided one after. */
export const blind: Invariant = (step) => {
  for (const group of step.after.groups.values()) {
    if (step.only?.has(group.name) === false) continue;
    const complaint = leakOfOpen(step, group) ?? leakOfClosed(step, group);
    if (complaint !== null) return `${group.name}: ${complaint}`;
  }
  return null;
};

function leakOfOpen(step: Step, group: Group): string | null {
  if (group.open === null || group.open.rule.reveal === 'live') return null;
  const { number, proposals, rule } = group.open;
  const secrets = secretsOf(proposals.values(), group, rule);
  if (secrets.length === 0) return null;
  const { events, results } = step.applied;
  // What a refusal says of another group, such as its options, says nothing of this one.
  const own = results.filter((_, i) => {
    const command = step.entry.commands[i];
    return command !== undefined && 'group' in command && command.group === group.name;
  });
  const told = events.filter(({ group: name, round }) => name === group.name && (round ?? number) === number);
  const shown = [
    viewGroup(group, step.index),
    viewRound(group, number, step.index),
    ...told.map((event) => viewEvent(group, event)),
    ...own.flatMap((result) => (result.ok ? [] : [result.detail])),
  ];
  const text = JSON.stringify(shown);
  const leaked = secrets.find((secret) => text.includes(secret));
  return leaked === undefined ? null : `blind round ${number} shows ${leaked}`;
}

function leakOfClosed(step: Step, group: Group): string | null {
  for (const outcome of group.closed.values()) {
    if (outcome.rule.reveal !== 'never') continue;
    const hidden = [...outcome.proposals.values()].filter(({ value }) => value !== outcome.value);
    const shown = JSON.stringify(viewRound(group, outcome.round, step.index));
    const leaked = secretsOf(hidden, group, outcome.rule).find(
      // What is a part of the decision is no secret.
      (secret) => shown.includes(secret) && outcome.value?.includes(secret) !== true,
    );
    if (leaked !== undefined) return `round ${outcome.round} must never show ${leaked}`;
  }
  return null;
}

/** Values long enough to be told from other text, but for those that the rules themselves name: the round's, and the group's. */
function secretsOf(
  proposals: Iterable<{ readonly value: string | null }>,
  { settings }: Group,
  rule: Rule,
): string[] {
  const said = JSON.stringify(
    [rule, settings.rule].map(({ tie, onDeadline, options }) => [tie, onDeadline, options]),
  );
  const texts = [...proposals].flatMap(({ value }) =>
    value === null || value.length < 8 ? [] : [value.replace(/^"|"$/g, '')],
  );
  return texts.filter((text) => !said.includes(text));
}
