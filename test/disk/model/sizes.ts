/** In the place of src/log/file/sizes.ts: so small that few entries fill a segment, a slice and what is read at once. */
export const leastSegmentBytes = 8 * 1024;
export const mostSegmentBytes = 32 * 1024;
export const carryBytes = 1024;
export const entriesPerMark = 4;
export const bytesPerMark = 2 * 1024;
export const sliceEntries = 5;
export const sliceBytes = 8 * 1024;
export const readBytes = 1024;
