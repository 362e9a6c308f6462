import { getPriority, setPriority } from 'node:os';

/** Has this process take less of the machine than processes with clocks. */
const behindOthers = 5;
if (getPriority() < behindOthers) setPriority(behindOthers);
