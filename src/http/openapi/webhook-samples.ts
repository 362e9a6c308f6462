import type { DeliveryJson, WebhookJson } from '../../core/view/json-types.ts';

/** The story of samples.ts goes on: a channel is told how it ended. */

export const wantedWebhook = {
  url: 'https://hooks.example.com/quorate',
  states: 'all',
  format: 'standard',
  secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD8V0kN7RNTdI=',
};

export const delivery: DeliveryJson = {
  message: 'msg_5f0c2a7b9e1d4c3a_17_1',
  number: 1,
  kind: 'test',
  group: 'deploy',
  round: null,
  at: '2026-01-05T09:01:00.000Z',
  state: 'pending',
  attempts: 0,
  nextAt: '2026-01-05T09:01:00.000Z',
  lastAttemptAt: null,
  error: null,
};

export const webhook: WebhookJson = {
  id: 'channel',
  group: 'deploy',
  url: wantedWebhook.url,
  states: 'all',
  format: 'standard',
  formerSecretUntil: null,
  disabled: null,
  pending: 0,
  delivered: 0,
  failed: 0,
  last: null,
};
