import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { binary } from './chromium.ts';
import { PlayPage } from './pages/play.ts';
import { stage } from './stage.ts';

/** The playground: two diagrams under one seed, what a reader can do to them, and the history of a real group. */

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the playground', () => {
  const set = stage();
  const open = async (query = '', looks = {}) => {
    const visitor = await set.arrive(looks);
    return { visitor, play: await new PlayPage(await visitor.tab()).open(visitor.server, query) };
  };

  test('the first chapter ends in a deadlock on the left and agrees on the right', async () => {
    const { visitor, play } = await open();
    expect(await play.page.getByRole('heading', { level: 1 }).innerText()).toBe('Why a round needs a number');
    expect(await play.standing('exercise')).toBe('DEADLOCK');
    expect(await play.standing('quorate')).toBe('SUCCESS');
    expect(await play.story('exercise')).toMatch(/3 thrown away.*Deadlock: nobody will post again\.$/);
    expect(await play.story('quorate')).toMatch(/Agreed on \d+ in round 2\.$/);
    expect((await play.drawn('exercise')).filter((text) => text === 'waits')).toHaveLength(3);
    expect(visitor.complaints).toEqual([]);
    expect(visitor.strangers()).toEqual([]);
  });

  test('each chapter goes wrong on the left alone', async () => {
    const { play } = await open();
    for (const [link, title, verdict] of [
      ['2. Agreeing with oneself', 'Why a vote needs a name', 'WRONG'],
      ['3. A lost reply', 'Why sending again must change nothing', 'WRONG'],
      ['1. The deadlock', 'Why a round needs a number', 'DEADLOCK'],
    ] as const) {
      await play.page.getByRole('link', { name: link }).click();
      await play.page.getByRole('heading', { level: 1, name: title }).waitFor();
      await expect.poll(() => play.standing('exercise')).toBe(verdict);
      expect(await play.standing('quorate')).toBe('SUCCESS');
    }
    await play.page.goBack();
    await play.page
      .getByRole('heading', { level: 1, name: 'Why sending again must change nothing' })
      .waitFor();
    await play.page.goForward();
    await play.page.getByRole('heading', { level: 1, name: 'Why a round needs a number' }).waitFor();
  });

  test('steps with buttons, keys and the slider; the address holds the step', async () => {
    const { play } = await open();
    const last = Number((await play.step()).split(' of ')[1]);
    await play.button('One step back').click();
    await expect.poll(() => play.step()).toBe(`step ${last - 1} of ${last}`);
    expect(await play.standing('exercise')).toBe('WAITING');
    await play.page.keyboard.press('ArrowLeft');
    await expect.poll(() => play.step()).toBe(`step ${last - 2} of ${last}`);
    await expect.poll(() => new URL(play.page.url()).search).toBe(`?step=${last - 2}`);
    await play.button('To the start').click();
    await expect.poll(() => play.step()).toBe(`step 0 of ${last}`);
    await play.slider.focus();
    await play.page.keyboard.press('ArrowRight');
    await expect.poll(() => play.step()).toBe(`step 1 of ${last}`);
    expect(await play.slider.getAttribute('aria-valuetext')).toMatch(/^step 1 of \d+: left, .*post/);
    await expect.poll(() => new URL(play.page.url()).search).toBe('?step=1');
    await play.page.reload();
    await play.page.locator('.diagram .life').first().waitFor();
    await expect.poll(() => play.step()).toBe(`step 1 of ${last}`);
    await play.page.locator('h1').click();
    await play.page.keyboard.press('Space');
    await play.button('Pause').waitFor();
    await expect.poll(() => play.step(), { timeout: 60_000 }).toBe(`step ${last} of ${last}`);
    await play.button('Play').waitFor();
    expect(await play.standing('exercise')).toBe('DEADLOCK');
  });

  test('a message that is pressed can be lost: run, link and the other side follow', async () => {
    const { visitor, play } = await open();
    const before = await play.story('quorate');
    await play.pressMessage('exercise', 0);
    await play.menu.getByRole('button', { name: 'Lose it' }).click();
    await expect.poll(() => play.story('exercise')).toContain('lost on its way');
    expect(await play.story('quorate')).not.toBe(before);
    expect(play.page.url()).toMatch(/fates=A1-drop/);
    const [left, right] = [await play.story('exercise'), await play.story('quorate')];

    const again = await new PlayPage(await visitor.tab()).open(
      visitor.server,
      new URL(play.page.url()).search,
    );
    expect(await again.story('exercise')).toBe(left);
    expect(await again.story('quorate')).toBe(right);

    await play.page.goBack();
    await expect.poll(() => play.story('quorate')).toBe(before);
    expect(visitor.complaints).toEqual([]);
  });

  test('with the keyboard alone a message is delayed, and let go as it was', async () => {
    const { play } = await open();
    const before = await play.story('exercise');
    await play
      .panel('exercise')
      .getByRole('region', { name: /^Diagram/ })
      .focus();
    await play.button('To the start').press('Enter');
    await play.page.keyboard.press('ArrowRight');
    await expect.poll(() => play.step()).toMatch(/^step 1 of/);
    await play
      .panel('exercise')
      .getByRole('region', { name: /^Diagram/ })
      .focus();
    await play.page.keyboard.press('Enter');
    await play.menu.waitFor();
    expect(await play.page.evaluate('document.activeElement.textContent')).toBe('Lose it');
    await play.page.keyboard.press('Escape');
    await play.menu.waitFor({ state: 'detached' });
    await play.page.keyboard.press('Enter');
    await play.menu.waitFor();
    await play.page.keyboard.press('Tab');
    await play.page.keyboard.press('Enter');
    await expect.poll(() => new URL(play.page.url()).search).toMatch(/fates=A1-delay/);
    await expect.poll(() => play.story('exercise')).not.toBe(before);
    // It arrives in another step now: there it is found by the list of steps.
    const steps = play.panel('exercise').locator('details');
    await steps.getByText('The steps in words').press('Enter');
    await steps
      .getByRole('button', { name: /A to server: "post/ })
      .first()
      .press('Enter');
    const now = steps.locator('[aria-current]').filter({ hasText: 'A to server: "post' });
    await now.getByRole('button', { name: 'Change' }).press('Enter');
    await play.menu.getByRole('button', { name: 'As it was' }).press('Enter');
    await expect.poll(() => play.story('exercise')).toBe(before);
  });

  test('what can be pressed is large enough for a finger', async () => {
    const { play } = await open('', { width: 360, height: 740 });
    await play.pressMessage('exercise', 1);
    for (const button of await play.menu.getByRole('button').all())
      expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    for (const button of await play.player.getByRole('button').all())
      expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  });

  test('counts a thousand seeds beside the page: about 31 % deadlocks left, none right', async () => {
    const { visitor, play } = await open();
    await play.button('Run 1,000 seeds').click();
    await play.button('Run 1,000 more').waitFor({ timeout: 120_000 });
    const left = await play.count('exercise');
    expect(left.n).toBeGreaterThan(260);
    expect(left.n).toBeLessThan(360);
    const [, rate, from, to] = /^([\d.]+) %, 95 % interval ([\d.]+) to ([\d.]+) %$/.exec(left.interval) ?? [];
    expect(Number(rate)).toBeCloseTo(left.n / 10, 1);
    expect([Number(from) < 31, Number(to) > 31], left.interval).toEqual([true, true]);
    expect(await play.count('quorate')).toEqual({ n: 0, interval: '0 %, 95 % interval 0 to 0.4 %' });
    expect(visitor.complaints).toEqual([]);
  });

  test('while seeds are counted the page goes on; a count that is stopped keeps what it has', async () => {
    // Runs so long that a thousand of them take minutes.
    const { visitor, play } = await open('?agents=10&quorum=9&max=30&delay=30');
    await play.button('Run 1,000 seeds').click();
    await play.button('One step back').click();
    await expect.poll(() => play.step()).toMatch(/^step ([\d,]+) of (?!\1$)/);
    await play.page.locator('.count').first().waitFor({ timeout: 60_000 });
    await play.button('Stop').click();
    await play.button('Run 1,000 more').waitFor();
    const counted = await play.page.getByRole('heading', { name: /seeds, the same for both$/ }).innerText();
    expect(Number.parseInt(counted, 10)).toBeLessThan(1000);
    expect(Number.parseInt(counted, 10)).toBeGreaterThan(0);
    expect(visitor.complaints).toEqual([]);
  });

  test('shrinks a failing seed, shows the smaller run and says what went', async () => {
    const { play } = await open('?chapter=free&seed=1');
    const before = await play.step();
    expect(await play.standing('exercise')).toBe('DEADLOCK');
    await play.button('Shrink seed 1').click();
    await play.page.getByText(/^It fails in the same way with less: .*turns from \d+ to \d+/).waitFor();
    await expect.poll(() => play.step()).not.toBe(before);
    expect(await play.standing('exercise')).toBe('DEADLOCK');
    expect(play.page.url()).toMatch(/draws=/);
    await play.page.goBack();
    await expect.poll(() => play.step()).toBe(before);
  });

  test('free play: agents and faults change the run, and one comes back to what was before', async () => {
    const { visitor, play } = await open('?chapter=free');
    const agents = play.page.getByRole('slider', { name: /^Agents/ });
    await agents.focus();
    await play.page.keyboard.press('ArrowRight');
    await expect
      .poll(() => play.panel('quorate').locator('.names .id').allTextContents())
      .toEqual(['A', 'B', 'C', 'D', 'server']);
    await play.page.getByRole('slider', { name: /^Loss/ }).fill('40');
    await expect.poll(() => play.page.url()).toMatch(/loss=40/);
    await expect.poll(() => play.story('quorate')).toMatch(/lost|steps/);
    expect(await play.standing('quorate')).toBe('SUCCESS');
    await play.page.goBack();
    await expect.poll(() => play.page.url()).not.toMatch(/loss/);
    expect(visitor.complaints).toEqual([]);
  });

  test('a link that names no run says so, and shows the first chapter', async () => {
    const { play } = await open('?chapter=free&agents=40&clients=somebody');
    const said = await play.alert.innerText();
    expect(said).toContain('"agents" is no whole number from 2 to 10.');
    expect(said).toContain('"clients" is none of: anonymous, named.');
    expect(await play.standing('exercise')).toBe('DEADLOCK');
    expect(await play.page.getByRole('heading', { level: 1 }).innerText()).toBe('Why a round needs a number');
  });

  test('without a clipboard the link is shown, selected', async () => {
    const { play } = await open('?chapter=free&seed=5', { lan: true });
    await play.button('Copy link to this run').click();
    await play.page.getByText('Press Ctrl+C').waitFor();
    const selected = String(await play.page.evaluate('getSelection().toString()'));
    expect(new URL(selected).search).toBe('?seed=5&chapter=free');
  });

  test('the SVG file is a picture of its own', async () => {
    const { visitor, play } = await open();
    const [download] = await Promise.all([play.page.waitForEvent('download'), play.button('SVG').click()]);
    expect(download.suggestedFilename()).toMatch(/\.svg$/);
    const text = readFileSync(await download.path(), 'utf8');
    expect(text).not.toMatch(/var\(|system-ui|url\(|<script/);
    const tab = await visitor.tab();
    const seen = await tab.evaluate(
      `(() => {
        const file = new DOMParser().parseFromString(${JSON.stringify(text)}, 'image/svg+xml');
        return [file.documentElement.nodeName, file.querySelectorAll('parsererror').length,
          file.querySelector('title').textContent, file.querySelectorAll('.msg').length > 10, file.querySelectorAll('style').length];
      })()`,
    );
    expect(seen).toEqual(['svg', 0, 'Why a round needs a number', true, 1]);
    expect(visitor.complaints).toEqual([]);
  });

  test('a long run scrolls in its own box, with the present step in view', async () => {
    const { play } = await open('?chapter=free&agents=10&quorum=6&max=8&seed=4');
    const view = () =>
      play.page.evaluate(`(() => {
        const box = document.querySelectorAll('.drawing')[1];
        const { top, bottom } = box.getBoundingClientRect();
        const now = box.querySelector('.now').getBoundingClientRect();
        return { isLong: box.scrollHeight > 2 * box.clientHeight, isSeen: now.top >= top && now.bottom <= bottom + 1 };
      })()`);
    expect(await view()).toEqual({ isLong: true, isSeen: true });
    await play.button('To the start').click();
    await expect.poll(view).toEqual({ isLong: true, isSeen: true });
    await play.slider.fill('30');
    await expect.poll(view).toEqual({ isLong: true, isSeen: true });
    expect(await play.overhang()).toBe(0);
  });

  test('the history of a real group is one diagram, blind until the close, and follows the log', async () => {
    const visitor = await set.arrive();
    const group = connect({ url: visitor.server }).group('real');
    await group.create({
      title: 'Where to eat',
      rule: { electorate: { agents: ['ann', 'bob', 'cy'] }, next: 'continuous' },
    });
    for (const [agent, value] of [
      ['ann', 'rice'],
      ['bob', 'soup'],
      ['cy', 'bread'],
    ] as const)
      await group.propose({ agent, value, round: 1 });
    await group.propose({ agent: 'ann', value: 'value-4711', round: 2 });
    const play = await new PlayPage(await visitor.tab()).open(visitor.server, '?group=real');
    expect(await play.page.getByRole('heading', { level: 1 }).innerText()).toBe('Where to eat as a diagram');
    await expect
      .poll(() => play.panel('history').locator('.names .id').allTextContents())
      .toEqual(['ann', 'bob', 'cy', 'server']);
    const story = await play.story('history');
    expect(story).toMatch(/post rice.*post soup.*post bread.*FAILED.*hidden.*Round 2 is open\.$/);
    expect(await play.page.content()).not.toContain('4711');
    await group.propose({ agent: 'bob', value: 'value-4711', round: 2 });
    await group.propose({ agent: 'cy', value: 'other', round: 2 });
    await expect
      .poll(() => play.story('history'))
      .toMatch(/post value-4711.*Agreed on value-4711 in round 2\.$|Round 3 is open\.$/);
    await play.button('To the start').click();
    await expect.poll(() => play.step()).toMatch(/^step 0 of/);
    expect(visitor.complaints).toEqual([]);
  });

  test('whatever its title, the history of a group is saved as a picture that can be read, and runs nothing', async () => {
    const visitor = await set.arrive();
    const group = connect({ url: visitor.server }).group('hostile-title');
    const title = 'a\u0001</title><script>alert(1)</script>\u202e';
    await group.create({
      title,
      rule: { electorate: { agents: ['ann', 'bob'] }, options: ['\u0002</text><a/>', 'b'] },
    });
    await group.propose({ agent: 'ann', value: '\u0002</text><a/>' });
    const play = await new PlayPage(await visitor.tab()).open(visitor.server, '?group=hostile-title');
    const [download] = await Promise.all([play.page.waitForEvent('download'), play.button('SVG').click()]);
    const text = readFileSync(await download.path(), 'utf8');
    const seen = await (await visitor.tab()).evaluate(
      `(() => {
        const file = new DOMParser().parseFromString(${JSON.stringify(text)}, 'image/svg+xml');
        return ['parsererror', 'script', 'a'].map((name) => file.querySelectorAll(name).length);
      })()`,
    );
    expect(seen).toEqual([0, 0, 0]);
    expect(visitor.complaints).toEqual([]);
  });

  test('the history of a group that is not there says so', async () => {
    const visitor = await set.arrive();
    const page = await visitor.tab();
    await page.goto(`${visitor.server}/play?group=nowhere`);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('nowhere');
  });
});
