import type { Locator } from 'playwright-core';
import decode from 'qr/decode.js';

/** What a camera reads of the code on the page. Throws where it finds none. */
export async function scanned(code: Locator): Promise<string> {
  const png = (await code.screenshot()).toString('base64');
  const picture = (await code.page().evaluate(`(async () => {
    const bytes = Uint8Array.from(atob('${png}'), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const { width, height, data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    return { width, height, data: Array.from(data) };
  })()`)) as { width: number; height: number; data: number[] };
  return decode({ ...picture, data: Uint8ClampedArray.from(picture.data) });
}
