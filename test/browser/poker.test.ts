import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { TcpProxy } from '../cluster/proxy.ts';
import { startQuorate } from '../harness/server.ts';
import { binary } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { Overview } from './pages/overview.ts';
import { VotePage } from './pages/vote.ts';
import { stage } from './stage.ts';

/** A round of planning poker among people and programs, from the first look to the decision. */

const poker = {
  title: 'Log in with a passkey',
  preset: 'poker',
  rule: { electorate: { agents: ['ann', 'bo', 'cy', 'ci', 'planner'] }, threshold: 'majority' },
} as const;

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('planning poker', () => {
  const set = stage();

  test('three people and two programs finish a round: at desks, and on a telephone in the local network', async () => {
    const group = connect({ url: set.server.url }).group('login');
    await group.create(poker);
    const [ann, cy, bo, teacher] = [
      await set.arrive(),
      await set.arrive(),
      await set.arrive({ width: 360, height: 740, lan: true }),
      await set.arrive({ width: 1600 }),
    ];
    const wall = await new GroupPage(await teacher.tab()).open(teacher.server, 'login');
    const list = await new Overview(await teacher.tab()).open(teacher.server);
    await expect
      .poll(() => list.row('passkey').innerText())
      .toMatch(/0 of 5 in.*ann, bo, cy, ci and 1 more missing/s);

    const desk = await new VotePage(await ann.tab()).open(ann.server, 'login');
    await desk.takeSeat('ann');
    await desk.vote('8', 'Two screens and one migration.');
    await expect.poll(() => wall.big.innerText()).toMatch(/1\s*of 5 in/);
    expect((await wall.seats()).ann).toMatch(/in.*hidden/);
    expect((await wall.seats()).bo).toContain('missing');

    // One program by the command line, and one that is written with the SDK.
    const agent = ['agent', 'login', 'ci', '--value', '8', '--join', '--kind', 'program'];
    const ci = startQuorate([...agent, '--url', set.server.url]);
    await expect.poll(() => desk.turnout()).toBe('2 of 5 in 3 missing: bo, cy and planner');
    await expect.poll(async () => (await wall.seats()).ci).toContain('program');
    const planner = group.agree({ agent: 'planner', propose: () => 5 });
    await expect.poll(() => desk.turnout()).toBe('3 of 5 in 2 missing: bo and cy');
    const other = await new VotePage(await cy.tab()).open(cy.server, 'login');
    await other.takeSeat('cy');
    await other.vote('8');

    const phone = await new VotePage(await bo.tab()).open(bo.server, 'login');
    expect(await phone.page.evaluate('isSecureContext')).toBe(false);
    await phone.takeSeat('bo');
    await phone.choose('5');
    await phone.propose.click();

    for (const page of [wall, desk, other, phone]) {
      await expect.poll(() => page.big.innerText()).toMatch(/Agreed on\s+8/);
      expect(await page.state()).toBe('SUCCESS');
    }
    expect(await wall.tally()).toMatch(/8: 3 of 5, ann, ci and cy/);
    expect(await wall.table()).toEqual(
      expect.arrayContaining([expect.arrayContaining(['bo', '5']), expect.arrayContaining(['ann', '8'])]),
    );
    await expect.poll(() => list.row('passkey').innerText()).toMatch(/SUCCESS.*= 8/s);
    for (const visitor of [ann, bo, cy, teacher]) expect(visitor.complaints).toEqual([]);
    expect((await group.round(1)).tally).toEqual([
      { value: 8, agents: ['ann', 'ci', 'cy'], weight: 3 },
      { value: 5, agents: ['bo', 'planner'], weight: 2 },
    ]);
    expect((await planner).value).toBe(8);
    expect((await ci.done).code).toBe(0);
  });

  test('until the close no byte that comes to any page tells a value or a note', async () => {
    const group = connect({ url: set.server.url }).group('blind');
    await group.create({ ...poker, title: 'Blind' });
    const wire = await TcpProxy.start(`127.0.0.1:${set.server.port}`);
    const bytes: Buffer[] = [];
    wire.onBytes = (some) => bytes.push(some);
    const received = () => Buffer.concat(bytes).toString();
    const through = `http://${wire.address}`;
    const watcher = await set.arrive();
    const wall = await new GroupPage(await watcher.tab()).open(through, 'blind');
    const list = await new Overview(await watcher.tab()).open(through);
    const form = await new VotePage(await watcher.tab()).open(through, 'blind');
    const twoAreIn = async () => {
      await expect.poll(() => wall.big.innerText()).toMatch(/2\s*of 5 in/);
      await expect.poll(() => list.row('Blind').innerText()).toContain('2 of 5 in');
    };
    const [secret, note] = ['a-value-nobody-may-see-4711', 'a-note-nobody-may-see-0815'];
    await group.propose({ agent: 'ann', value: secret, note, seq: 1 });
    await group.propose({ agent: 'ci', value: secret, note, seq: 1 });
    await group.propose({ agent: 'ann', value: `${secret}-changed`, seq: 2 });
    await twoAreIn();
    // A page that is loaded again asks for more than one that is told.
    for (const { page } of [wall, list, form]) await page.reload();
    await form.live();
    await twoAreIn();
    for (const { page } of [wall, list, form]) expect(await page.content()).not.toContain('nobody-may-see');
    expect(received()).toContain('"present":2');
    expect(received()).not.toContain('nobody-may-see');
    // The same search finds them once they may be seen: it can fail.
    for (const agent of ['bo', 'cy', 'planner']) await group.propose({ agent, value: secret, seq: 1 });
    await expect.poll(() => received()).toContain('nobody-may-see');
    await wire.close();
  });
});
