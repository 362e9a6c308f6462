/** In the place of src/log/file/checkpoints/sizes.ts: so small that few records fill a block, and few checkpoints are merged. */
export const blockBytes = 4 * 1024;
export const blockRecords = 3;
export const readBytes = 1024;
export const portionBytes = 8 * 1024;
export const leastMergeBytes = 2 * 1024;
export const mostFiles = 4;
