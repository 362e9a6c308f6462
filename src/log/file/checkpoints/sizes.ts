/** How large the parts of checkpoints are. In a place of their own, so that tests can have many of them in a small one. */

/** A block is full with so many bytes of records, or so many records: what is done with it in one turn takes a millisecond or two. */
export const blockBytes = 256 * 1024;
export const blockRecords = 1000;

/** What is asked of the disk at once, unless a block is longer. */
export const readBytes = 512 * 1024;

/** What is synced at a time: all at once at the end would hold up the appends of the log on the same disk. */
export const portionBytes = 4 * 1024 * 1024;

/** Changes of fewer bytes are not worth a merge. */
export const leastMergeBytes = 1024 * 1024;
/** Files of one checkpoint, beyond which they are merged however small they are: each is looked at when the log is opened. */
export const mostFiles = 64;
