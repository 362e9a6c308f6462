import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from '../e2e/blocks.ts';
import { follow, stepsOf } from '../e2e/steps.ts';
import { onNetwork } from '../harness/network.ts';
import { temporaryFolder } from '../harness/server.ts';
import { binary } from './chromium.ts';
import { GroupPage } from './pages/group.ts';
import { VotePage } from './pages/vote.ts';
import { Wall } from './pages/wall.ts';
import { scanned } from './qr.ts';
import { stage } from './stage.ts';

const readme = 'examples/poker/README.md';

/** A team estimates two stories as examples/poker says: its commands, and three people with phones. */

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('examples/poker', () => {
  const set = stage(['--log', 'memory:', '--lan'], onNetwork({ wlan0: ['192.168.77.20'] }));
  const home = temporaryFolder();
  afterAll(() => home.remove());

  test('three people estimate two stories on phones, talk once, and have the estimates as CSV', async () => {
    const [opens, again, next, saves, ...rest] = stepsOf(readme);
    if (saves === undefined || rest.length > 0) throw new Error('the README has other commands by now');
    // The README's server, but for the log.
    expect(readFileSync(root + readme, 'utf8')).toContain('\nnpx quorate server --lan\n');
    const env = { QUORATE_URL: set.server.url, HOME: home.path, NO_PROXY: '*', no_proxy: '*' };
    const run = (step: typeof saves | undefined) =>
      follow(step === undefined ? [] : [step], { folder: root, env });

    await run(opens);
    const projector = await set.arrive({ width: 1600, height: 900, lan: true });
    const wall = await new Wall(await projector.tab()).open(projector.server, 'planning');
    const address = await scanned(wall.page.getByRole('img', { name: /^QR code/ }));
    expect(address).toBe(`${projector.server}/g/planning/vote`);
    const people = await Promise.all(
      ['ann', 'bo', 'cy'].map(async (name) => {
        const phone = await set.arrive({ width: 360, height: 740, lan: true });
        const page = new VotePage(await phone.tab());
        await page.page.goto(address);
        await page.live();
        await page.takeSeat(name);
        return { page, phone };
      }),
    );
    const vote = async (who: number, card: string) => {
      await people[who]?.page.choose(card);
      await people[who]?.page.propose.click();
    };
    const goOn = async (round: number) => {
      for (const { page } of people) {
        await page.page.getByRole('button', { name: `Vote in round ${round}` }).click();
        await expect.poll(() => page.turnout()).toMatch(/^0 of 3 in/);
      }
    };
    await expect
      .poll(() => people[0]?.page.cards())
      .toEqual(['1', '2', '3', '5', '8', '13', '21', '– abstain']);

    await vote(0, '3');
    await vote(1, '8');
    await expect.poll(() => wall.tokens()).toEqual(['ann in', 'bo in', 'cy missing']);
    await vote(2, '5');
    await wall.big.filter({ hasText: 'No agreement' }).waitFor();
    await expect.poll(() => wall.tokens()).toEqual(['ann 3', 'bo 8', 'cy 5']);

    await run(again);
    await goOn(2);
    for (const who of [0, 1, 2]) await vote(who, '5');
    await wall.big.filter({ hasText: /Agreed on\s+5/ }).waitFor();

    await run(next);
    await wall.page.getByText('Refund by e-mail').waitFor();
    await goOn(3);
    for (const who of [0, 1, 2]) await vote(who, '3');
    await wall.big.filter({ hasText: /Agreed on\s+3/ }).waitFor();
    await run(saves);

    const page = await new GroupPage(await projector.tab()).open(projector.server, 'planning');
    await page.button('Open round 4').waitFor();
    for (const { phone } of people) expect(phone.complaints).toEqual([]);
    expect(projector.complaints).toEqual([]);
  }, 90_000);
});
