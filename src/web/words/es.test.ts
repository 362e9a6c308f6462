import { expect, test } from 'vitest';
import { roundOf } from '../../../test/harness/round-views.ts';
import type { RoundJson } from '../../client/index.ts';
import { defaults, presets } from '../../core/rule/presets.ts';
import type { Rule } from '../../core/types.ts';
import { viewRule } from '../../core/view/rule.ts';
import { words } from './es.ts';
import { ruleInWords } from './rule.ts';

const five = { eligible: 5, present: 3 };
const failed = { ...five, state: 'FAILED' } as const;
const waiver = { agent: 'dan', by: null, reason: 'out', time: '2026-11-28T14:00:00.000Z' };

test.each<[Partial<RoundJson>, string]>([
  [{ eligible: 0 }, 'se espera a que entren agentes'],
  [{ ...five, missing: ['cy', 'dan'] }, 'faltan cy y dan'],
  [{ ...five, missing: ['cy'] }, 'falta cy'],
  [{ ...five, present: 4 }, 'falta 1 de 5'],
  [five, 'faltan 2 de 5'],
  [{ ...five, present: 5 }, 'ya están todos; se espera a que pase el tiempo mínimo'],
  [{ ...five, missing: ['cy'], waived: [waiver] }, 'falta cy; no se cuenta a dan'],
  [
    {
      ...five,
      state: 'SUCCESS',
      reason: 'agreed',
      value: 8,
      tally: [{ value: 8, weight: 3, agents: ['a', 'b'], more: 1 }],
    },
    'lo propusieron 3 de 5',
  ],
  [
    {
      ...five,
      state: 'SUCCESS',
      reason: 'deadline',
      value: 8,
      tally: [{ value: 8, weight: 1, agents: ['a'] }],
    },
    'venció el plazo: lo propuso 1 de 5',
  ],
  [
    { ...five, state: 'SUCCESS', reason: 'closed-by-hand', value: 8 },
    'la ronda se cerró a mano: propusieron 3 de 5',
  ],
  [
    { ...failed, reason: 'no-agreement', tally: [{ value: 8, weight: 2, agents: ['a', 'b'] }] },
    'ningún valor puede reunir lo necesario: el que más tuvo, 2 de 5',
  ],
  [{ ...failed, reason: 'no-agreement' }, 'ningún valor puede reunir lo necesario'],
  [{ ...failed, reason: 'tie' }, 'empate entre los valores con más apoyo, y la regla no lo rompe'],
  [{ ...failed, reason: 'veto' }, 'hubo un veto'],
  [{ ...failed, reason: 'required' }, 'no lo apoyan todos los que la regla exige'],
  [{ ...failed, reason: 'floor', present: 1 }, 'propuso 1 de 5, menos de lo que pide la regla'],
  [{ ...failed, reason: 'deadline' }, 'venció el plazo: propusieron 3 de 5 y no hubo acuerdo'],
  [{ ...failed, reason: 'last-call' }, 'pasó la última llamada: propusieron 3 de 5 y no hubo acuerdo'],
  [{ ...failed, reason: 'group-deleted', waived: [waiver] }, 'se borró el grupo'],
])('of a round %j it says %s', (round, sentence) => {
  expect(words.explained(roundOf(round))).toBe(sentence);
});

test('what a newer server says, and Spanish does not know, is left to the words of the server', () => {
  expect(words.explained(roundOf({ ...failed, reason: 'eclipse' as never }))).toBeNull();
  expect(words.reason('eclipse' as never)).toBe('eclipse');
  expect(words.kind('robot')).toBe('robot');
  expect(words.problem('eclipse')).toBeNull();
  expect(words.problem('toString')).toBeNull();
});

function rule(rule: Partial<Rule>): string[] {
  return ruleInWords(viewRule({ ...defaults, ...rule }), words.rule).map((parts) => parts.join(''));
}

test('a rule in Spanish', () => {
  expect(rule({})).toEqual([
    'Deciden más de la mitad de 3 si proponen el mismo valor.',
    'Los valores quedan ocultos hasta el cierre; quién ya está se ve siempre.',
    'La ronda se cierra cuando ya están todos.',
    'Después de una ronda fracasada se abre la próxima.',
  ]);
  expect(rule({ ...presets.panel, equality: { tolerance: 0.5 }, decide: 'median' })).toEqual([
    'Deciden más de la mitad de 3 si proponen números a no más de 0.5 entre sí; se decide la mediana de ellos.',
    'Los valores quedan ocultos hasta el cierre; quién ya está se ve siempre.',
    'La ronda se cierra cuando ya nada puede cambiar el resultado, o al vencer su plazo de 2\u00a0minutos desde la primera propuesta: entonces deciden quienes ya están. Deben participar al menos 2.',
    'La próxima ronda se abre cuando alguien la pide.',
  ]);
});

test.each<[Partial<Rule>, string]>([
  [{ threshold: 'unanimous' }, 'Deciden todos (3) si proponen el mismo valor.'],
  [
    { electorate: { agents: ['ana', 'beto'] }, weights: { ana: 2 } },
    'Deciden agentes con más de la mitad de todo el peso si proponen el mismo valor.',
  ],
  [{ veto: ['ana', 'beto'] }, 'ana y beto pueden vetarlo.'],
  [{ required: ['ana'] }, 'ana tiene que apoyar el valor.'],
  [{ next: 'continuous', maxRounds: 5 }, 'A cada ronda le sigue otra, 5 como máximo.'],
])('%j', (part, sentence) => {
  expect(rule(part)).toContain(sentence);
});
