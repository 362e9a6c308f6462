import { expect, test } from 'vitest';
import type { Json } from '../../core/types.ts';
import { commandOf, curlOf } from './lines.ts';

type Body = { readonly [name: string]: Json };

const here = { group: 'lunch', server: 'http://127.0.0.1:5000', needsToken: false };

test.each<[Body, string]>([
  [{}, ''],
  [
    { preset: 'panel', rule: { electorate: { agents: ['ann', 'bob'] }, threshold: 2 } },
    ' --preset panel --electorate ann,bob --threshold 2',
  ],
  [{ rule: { electorate: { size: 5 }, revote: true, next: 'manual' } }, ' --agents 5 --revote --next manual'],
  [
    { rule: { electorate: { live: { min: 2, max: 9 } }, floor: { present: 3, cast: 2 } } },
    ` --live 2-9 --floor '{"present":3,"cast":2}'`,
  ],
  [
    { rule: { revote: false, deadline: null, veto: [] } },
    ` --rule '{"revote":false,"deadline":null,"veto":[]}'`,
  ],
  [
    { rule: { electorate: { all: [{ agents: ['a'] }] } } },
    ` --rule '{"electorate":{"all":[{"agents":["a"]}]}}'`,
  ],
  [{ rule: { options: ['approve', 'not yet'], wins: null } }, ` --options 'approve,not yet' --wins null`],
  [{ rule: { options: ['a,b', 'true', 3] } }, ` --options '["a,b","true",3]'`],
  [
    { rule: { minWait: '20s', onDeadline: 'decide', deadlineFrom: 'first-proposal' } },
    ' --min-wait 20s --on-deadline decide --deadline-from first-proposal',
  ],
  [
    { title: "Ann's choice", mayClose: ['ann', 'bob'], admission: 'key' },
    ` --admission key --may-close ann,bob --title 'Ann'\\''s choice'`,
  ],
  // Pasted as it is, it would end the paste, clear the line and run what follows.
  [{ title: "\u001b[201~\u0015it's\n\u009b\\" }, " --title $'\\x1b[201~\\x15it\\x27s\\x0a\\u009b\\x5c'"],
  [{ title: '-1 or $HOME?' }, ` --title='-1 or $HOME?'`],
  [
    { retention: { rounds: 5, idle: '7d', messages: 9 } },
    ' --keep-rounds 5 --keep-messages 9 --keep-idle 7d',
  ],
])('the command for %j', (body, options) => {
  expect(commandOf(body, here)).toBe(`quorate group create lunch${options} --if-new`);
});

test('names the server and a file for the token where they are needed, and never the token', () => {
  const there = { group: '', server: 'http://10.0.0.7:5000/q', needsToken: true };
  expect(commandOf({}, there)).toBe(
    'quorate group create NAME --url http://10.0.0.7:5000/q --token-file admin-token --if-new',
  );
  expect(curlOf({}, there)).toBe(
    `curl -X PUT http://10.0.0.7:5000/q/v1/groups/NAME -H 'content-type: application/json' -H 'if-none-match: *' -H "authorization: Bearer $(cat admin-token)" -d '{}'`,
  );
});

test('the curl line has the body with blanks where a line may break', () => {
  expect(curlOf({ title: "it's", rule: { electorate: { agents: ['ann', 'bob'] } } }, here)).toBe(
    `curl -X PUT http://127.0.0.1:5000/v1/groups/lunch -H 'content-type: application/json' -H 'if-none-match: *' -d '{"title": "it'\\''s", "rule": {"electorate": {"agents": ["ann", "bob"]}}}'`,
  );
});
