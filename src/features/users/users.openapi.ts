import { z } from 'zod'
import { managedUser, publicUser } from '../../domain/user/user.ts'
import type { Operation, Operations } from '../../http/operation.ts'
import { userPage } from './user-page.ts'
import {
  newUserBody,
  profileBody,
  profilePatch,
  userBody,
  userListParameters,
  userPatch,
} from './users.form.ts'

const path = z.object({ id: publicUser.shape.id })
const asTheyAre = { description: 'The user after the change.', schema: managedUser }

const change: Omit<Operation, 'summary' | 'body'> = {
  description:
    'Changing someone’s role or deactivating them signs them out everywhere at once and ends their tokens; for these you must have proved who you are within the last five minutes. Someone deactivated until a time can sign in again from then on; the reason is in the email they get. The last administrator cannot be removed.',
  callers: 'admins',
  isFresh: true,
  scope: 'users:write',
  path,
  answers: { 200: asTheyAre },
  problems: ['username_taken', 'last_admin', 'temporarily_unavailable'],
}
const changeMyself: Omit<Operation, 'summary' | 'description' | 'body'> = {
  callers: 'members',
  scope: 'account:write',
  answers: { 200: { description: 'Your profile after the change.', schema: publicUser } },
  problems: ['username_taken', 'too_many_attempts'],
}

export const profileOperations: Operations = {
  'GET /users/me': {
    summary: 'Read my profile',
    description: 'The same user as in `/auth/me`, read from the database.',
    callers: 'members',
    scope: 'account:read',
    answers: { 200: { description: 'Your profile.', schema: publicUser } },
  },
  'PATCH /users/me': {
    summary: 'Change my profile',
    description: 'Fields you leave out stay as they are. `null` removes a value.',
    body: { as: 'json', schema: profilePatch, examples: { name: { display_name: 'Ada King' } } },
    ...changeMyself,
  },
  'PUT /users/me': {
    summary: 'Replace my profile',
    description:
      'Fields you leave out are removed. You can send back everything a user has: fields that cannot be changed are ignored.',
    body: {
      as: 'json',
      schema: profileBody,
      examples: { profile: { display_name: 'Ada Lovelace', username: 'ada' } },
    },
    ...changeMyself,
  },
}

export const usersOperations: Operations = {
  'GET /users': {
    summary: 'List users',
    description:
      'One page at a time. Page with `after`: every page is as fast as the first, and nobody is listed twice or left out.',
    callers: 'admins',
    scope: 'users:read',
    query: userListParameters,
    answers: { 200: { description: 'A page of users.', schema: userPage } },
  },
  'POST /users': {
    summary: 'Invite someone',
    description:
      'Creates an account without a password. Its owner gets an email with a link to choose one. To invite an administrator, you must have proved who you are within the last five minutes.',
    callers: 'admins',
    isFresh: true,
    scope: 'users:write',
    body: {
      as: 'json',
      schema: newUserBody,
      examples: { invitation: { email: 'grace@example.com', display_name: 'Grace Hopper', role: 'user' } },
    },
    answers: {
      201: {
        description: 'Account created. The email is on its way.',
        headers: z.object({ location: z.string().meta({ description: 'The user’s address.' }) }),
        schema: managedUser,
      },
    },
    problems: ['email_taken', 'username_taken', 'temporarily_unavailable'],
  },
  'GET /users/{id}': {
    summary: 'Read a user',
    description:
      'Administrators can read everyone. Others can read only themselves and get `not_found` for anyone else. To read yourself, a token needs only `account:read`.',
    callers: 'members',
    scope: 'users:read',
    path,
    answers: { 200: { description: 'The user.', schema: managedUser } },
  },
  'PATCH /users/{id}': {
    summary: 'Change a user',
    ...change,
    description: `Fields you leave out stay as they are. ${change.description}`,
    body: {
      as: 'json',
      schema: userPatch,
      examples: {
        role: { role: 'admin' },
        leave: {
          is_active: false,
          deactivation_reason: 'On leave',
          deactivated_until: '2099-12-01T00:00:00Z',
        },
      },
    },
  },
  'PUT /users/{id}': {
    summary: 'Replace a user',
    ...change,
    description: `A name you leave out is removed. ${change.description}`,
    body: {
      as: 'json',
      schema: userBody,
      examples: {
        user: { display_name: 'Grace Hopper', username: 'grace', role: 'user', is_active: true },
      },
    },
  },
  'DELETE /users/{id}': {
    summary: 'Deactivate a user',
    description:
      'Signs them out everywhere at once, and they cannot sign in again, with no end. Nothing is deleted: set `is_active` to let them back in. You must have proved who you are within the last five minutes.',
    callers: 'admins',
    isFresh: true,
    scope: 'users:write',
    path,
    answers: { 204: { description: 'Deactivated.' } },
    problems: ['last_admin', 'temporarily_unavailable'],
  },
}
