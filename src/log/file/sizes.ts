/** How large the parts of a log are. In a place of their own, so that tests can have many of them in a small log. */

/** Bytes of a log's first segment; each later one has twice as many as the one before, up to the most. */
export const leastSegmentBytes = 1024 * 1024;
export const mostSegmentBytes = 64 * 1024 * 1024;
/** Segments at the end of a log that hold less than this together are written into the first one of a new owner. */
export const carryBytes = leastSegmentBytes / 2;

/** After so many entries, or so many bytes, a segment has one more place where reading can begin. */
export const entriesPerMark = 128;
export const bytesPerMark = 512 * 1024;

/** What is read at once, so that a reader of many old entries holds up nobody else. */
export const sliceEntries = 128;
export const sliceBytes = 1024 * 1024;
/** Bytes that are asked of the disk at once. */
export const readBytes = 256 * 1024;
