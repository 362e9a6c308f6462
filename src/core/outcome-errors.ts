/** The part of the catalogue about what is done with outcomes: claims and webhooks. [Q10] [Q11] */
export const outcomeEntries = {
  'no-decision': {
    status: 409,
    title: 'The round has decided nothing that could be acted on',
    fix: 'Wait until it ends in SUCCESS: GET /v1/groups/{group}/rounds/{round}?wait=30s. Where it has failed, ask for another round.',
  },
  superseded: {
    status: 409,
    title: 'The decision is not what you meant, or no longer stands',
    fix: 'Read the latest round, GET /v1/groups/{group}/rounds/latest, and act on what it has decided, if it has.',
  },
  claimed: {
    status: 409,
    title: 'Another run holds the claim on this decision',
    fix: 'Wait until it is spent or free: GET /v1/groups/{group}/rounds/{round}/claim?wait=30s. The member claim says who holds it and until when.',
  },
  spent: {
    status: 409,
    title: 'The decision has been spent',
    fix: 'Do not act on it again: the result is in the member claim.',
  },
  'stale-fence': {
    status: 409,
    title: 'This fence is not that of the claim',
    fix: 'Stop acting under it: another may act now. To go on, claim the round again, which gives a higher fence.',
  },
  'may-not-spend': {
    status: 403,
    title: 'This agent may not act on decisions',
    fix: 'Ask an agent named in maySpend, or the administrator.',
  },
  'webhook-not-found': {
    status: 404,
    title: 'There is no such webhook',
    fix: 'Name one that was put: GET /v1/groups/{group}/webhooks lists those of a group, GET /v1/webhooks those of the server.',
  },
  'webhook-disabled': {
    status: 409,
    title: 'The webhook is disabled',
    fix: 'Its receiver has answered 410: it wants nothing any more. Put the webhook again to enable it.',
  },
  'webhooks-off': {
    status: 403,
    title: 'Webhooks are off on this server',
    fix: 'Start the server with --webhook-allow and the host that they may go to, such as hooks.example.com.',
  },
  'webhook-not-allowed': {
    status: 403,
    title: 'Webhooks may not go to this host and port',
    fix: 'Use one that the server was started with, or have it started with this one too: --webhook-allow HOST, or HOST:PORT for another port than 80 and 443.',
  },
  'no-administrator': {
    status: 403,
    title: 'The server has no administrator',
    fix: 'Start the server with --admin-token-file, and send that token.',
  },
  'delivery-not-found': {
    status: 404,
    title: 'There is no such delivery',
    fix: 'Name the number of one that is kept: GET .../webhooks/{id}/deliveries lists them.',
  },
};
