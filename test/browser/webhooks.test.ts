import { afterAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { Receiver } from '../harness/receiver.ts';
import { binary } from './chromium.ts';
import { plain } from './pages/frame.ts';
import { GroupPage } from './pages/group.ts';
import { stage } from './stage.ts';

const token = 'of-the-administrator';
const receiver = await Receiver.start();
afterAll(() => receiver.stop());

/** What the page of a group shows of its webhooks: whether each is heard, why the last attempt failed, a test, once more. */

// Skipped only where there is no Chromium; chromiumBinary has said so.
describe.skipIf(binary === null)('the webhooks of a group', () => {
  const args = ['--log', 'memory:', '--webhook-allow', receiver.host];
  const set = stage(args, { QUORATE_ADMIN_TOKEN: token });

  test('say why one failed, and send it once more when somebody asks', async () => {
    let isWell = false;
    const url = receiver.at('/secret-path', (response) => {
      response.statusCode = isWell ? 204 : 503;
      response.end();
    });
    const visitor = await set.arrive();
    const group = connect({ url: visitor.server, token }).group('told');
    await group.create({ rule: { electorate: { size: 1 }, next: 'manual' } });
    const page = await new GroupPage(await visitor.tab()).open(visitor.server, 'told');
    const part = page.page.getByRole('region', { name: 'Webhooks' });
    await part.getByText('Webhooks').click();
    await page.alert.filter({ hasText: /administrator's token/i }).waitFor();
    await page.giveToken(token);
    await part.filter({ hasText: 'quorate webhook put NAME' }).waitFor();
    const { secret } = await group.webhooks.put('channel', { url });
    await group.propose({ agent: 'ann', value: 'approve', round: 1 });
    await part
      .filter({ hasText: /0 told, 1 waiting, 0 given up\. The last attempt failed: .*503.*The next is due/ })
      .waitFor();
    isWell = true;
    await part.getByRole('button', { name: 'Send again channel' }).click();
    await part.filter({ hasText: /1 told, 0 waiting, 0 given up\.(?! The last)/ }).waitFor();
    await part.getByRole('button', { name: 'Test channel' }).click();
    await part.filter({ hasText: '2 told' }).waitFor();
    expect(new Set(receiver.of('/secret-path').map(({ id }) => id)).size).toBe(2);
    const text = plain(await part.innerText());
    expect(text).toContain(receiver.host);
    expect(await page.page.content()).not.toContain('secret-path');
    expect(text).not.toContain(secret as string);
    expect(visitor.complaints.filter((one) => !one.includes('401'))).toEqual([]);
  });
});
