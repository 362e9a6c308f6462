import type { Canonical, Equality } from '../types.ts';
import { classOf } from './equality.ts';

/** Whether values of this class are vetoes, where the agent has the right: false, or the text "veto". [Q4.17] */
export function isVeto(classText: string | null): boolean {
  return classText === 'false' || classText === '"veto"';
}

/** Whether this value is a veto under this equality, where the agent has the right. [Q4.17] */
export function isVetoIn(equality: Equality, value: Canonical): boolean {
  return isVeto(equality === 'text' ? classOf(equality, value) : value);
}
