import type { Preset, Rule, Settings } from '../types.ts';

/** The rule of a group that says nothing about its rule. [Q4.1] */
export const defaults: Rule = {
  electorate: { size: 3 },
  threshold: 'majority',
  of: 'eligible',
  floor: 1,
  equality: 'exact',
  weights: null,
  close: 'all',
  tie: 'fail',
  minWait: null,
  lastCall: null,
  deadline: null,
  onDeadline: 'fail',
  absent: 'counts-against',
  reveal: 'close',
  revote: false,
  next: 'until-success',
  maxRounds: null,
  veto: [],
  required: [],
};

/** Ready-made rules, as far as they differ from the default; every field can still be set beside the preset. [Q4.30] [Q4.44] */
export const presets: Readonly<Record<Preset, Partial<Rule>>> = {
  classroom: { electorate: { size: 3 }, threshold: 2, next: 'continuous' },
  majority: { threshold: 'majority', close: 'early' },
  unanimous: { threshold: 'unanimous', close: 'early' },
  panel: {
    threshold: 'majority',
    floor: 2,
    close: 'early',
    deadline: 120_000,
    deadlineFrom: 'first-proposal',
    onDeadline: 'decide',
    next: 'manual',
  },
  gate: {
    options: [{ value: 'approve' }, { value: 'reject' }],
    wins: ['approve'],
    close: 'early',
    reveal: 'live',
    next: 'manual',
  },
  poker: { threshold: 'unanimous', revote: true, next: 'manual' },
};

/** What presets set beside the rule. A gate opens to those who were asked, and to nobody else. [Q4.44] */
export const presetAdmission: Partial<Readonly<Record<Preset, Settings['admission']>>> = { gate: 'invite' };
