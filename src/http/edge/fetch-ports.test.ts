import { expect, test } from 'vitest';
import { isRefusedByFetch } from './fetch-ports.ts';

test('are those that fetch itself refuses', async () => {
  for (const port of [1719, 2049, 4190, 5060, 6000, 6566, 6666, 6697, 10080]) {
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      cause: { message: 'bad port' },
    });
    expect(isRefusedByFetch(port), `${port}`).toBe(true);
  }
  for (const port of [5000, 8080]) expect(isRefusedByFetch(port), `${port}`).toBe(false);
});
