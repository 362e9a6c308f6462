import * as errors from '../openapi/error-sets.ts';
import { type Operation, ok, unchanged, withETag } from '../openapi/operation.ts';
import * as sample from '../openapi/samples.ts';

/** What the document says of the routes of groups and their keys. */

const groupPath = '/v1/groups/deploy';

export const putGroup: Operation = {
  id: 'putGroup',
  access: 'manager',
  tag: 'groups',
  summary: 'Create a group, or change its rule from the next round on',
  parameters: ['group', 'ifMatch', 'createOnly', 'session'],
  body: { schema: 'GroupSettings', required: false },
  responses: {
    201: withETag('Created.', 'GroupWithKeys', sample.group),
    200: withETag('Updated, or as it was.', 'GroupWithKeys', sample.group),
  },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.managed,
    ...errors.inGroup,
    'invalid-rule',
    'revision-mismatch',
    'limit-reached',
  ],
  example: { path: groupPath, body: sample.wanted },
};

export const getGroup: Operation = {
  id: 'getGroup',
  access: 'reader',
  tag: 'groups',
  summary: 'Show a group',
  parameters: ['group', 'consistency', 'ifNoneMatch', 'session'],
  responses: { 200: withETag('The group.', 'Group', sample.group), 304: unchanged },
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.inGroup],
  example: { path: groupPath },
};

export const listGroups: Operation = {
  id: 'listGroups',
  access: 'administrator',
  tag: 'groups',
  summary: 'List the groups the caller may read, in order of creation; or wait until the page is another',
  parameters: [
    ...(['groupPrefix', 'afterGroup', 'limit', 'waitForOther', 'consistency'] as const),
    ...(['ifNoneMatch', 'prefer', 'session'] as const),
  ],
  responses: {
    200: {
      ...ok('A page of groups.', 'GroupList', { groups: [sample.groupRow], next: null, index: 13 }),
      headers: ['ETag', 'Link', 'Preference-Applied'],
    },
    304: unchanged,
  },
  errors: [...errors.anyRoute, ...errors.freshRead, ...errors.administered, 'group-not-found'],
  example: { path: '/v1/groups?limit=100' },
};

export const deleteGroup: Operation = {
  id: 'deleteGroup',
  access: 'manager',
  tag: 'groups',
  summary: 'Delete a group; its open round fails',
  parameters: ['group', 'ifMatch', 'session'],
  responses: {
    200: ok('Deleted.', 'GroupDeleted', { group: 'deploy', deleted: true, revision: 4, index: 14 }),
  },
  errors: [...errors.anyRoute, ...errors.write, ...errors.managed, ...errors.inGroup, 'revision-mismatch'],
  example: { path: groupPath },
};

export const putKeys: Operation = {
  id: 'putKeys',
  access: 'keyHolder',
  tag: 'groups',
  summary:
    'Give a group that admits by key other keys; the old ones end at once. Safe to repeat with chosen keys',
  parameters: ['group', 'session'],
  body: { schema: 'ChosenKeys', required: false },
  responses: { 200: ok('The keys from now on; they are shown only here.', 'GroupKeys', sample.newKeys) },
  errors: [
    ...errors.anyRoute,
    ...errors.write,
    ...errors.managed,
    ...errors.inGroup,
    'no-keys',
    'revision-mismatch',
  ],
  example: { path: '/v1/groups/board/keys', body: sample.chosenKeys },
};
