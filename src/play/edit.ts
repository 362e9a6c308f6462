import type { Fate, RunRecord } from './types.ts';

/** The record with another fate of one message; null: as chance has it. */
export function withFate(record: RunRecord, name: string, fate: Fate | null): RunRecord {
  const fates = new Map(record.fates);
  fates.delete(name);
  if (fate !== null) fates.set(name, fate);
  return { ...record, fates };
}
