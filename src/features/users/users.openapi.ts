import { z } from 'zod'
import { publicUser } from '../../domain/user/user.ts'
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
const asTheyAre = { description: 'The user, as they are now.', schema: publicUser }

const change: Omit<Operation, 'summary' | 'body'> = {
  description:
    'Who gets another role is signed out everywhere, and who is deactivated as well, at once; their tokens end with it. There is always an administrator left.',
  callers: 'admins',
  scope: 'users:write',
  path,
  answers: { 200: asTheyAre },
  problems: ['username_taken', 'last_admin', 'temporarily_unavailable'],
}
const changeMyself: Omit<Operation, 'summary' | 'description' | 'body'> = {
  callers: 'members',
  scope: 'account:write',
  answers: { 200: { description: 'Myself, as I am now.', schema: publicUser } },
  problems: ['username_taken'],
}

export const profileOperations: Operations = {
  'GET /users/me': {
    summary: 'Read my profile',
    description: 'The same user as in `/auth/me`, read anew from the database.',
    callers: 'members',
    scope: 'account:read',
    answers: { 200: { description: 'Myself.', schema: publicUser } },
  },
  'PATCH /users/me': {
    summary: 'Change my profile',
    description: 'What is left out stays, `null` takes it away.',
    body: { as: 'json', schema: profilePatch, examples: { name: { display_name: 'Ada King' } } },
    ...changeMyself,
  },
  'PUT /users/me': {
    summary: 'Replace my profile',
    description:
      'What is left out is taken away. What else a user shows may come along, and changes nothing.',
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
      'In pages: with `after` to any depth, each as fast as the first, and nobody twice or left out who was there all the time.',
    callers: 'admins',
    scope: 'users:read',
    query: userListParameters,
    answers: { 200: { description: 'One page.', schema: userPage } },
  },
  'POST /users': {
    summary: 'Invite somebody',
    description: 'Makes an account without a password. Its owner chooses one, with the link that is mailed.',
    callers: 'admins',
    scope: 'users:write',
    body: {
      as: 'json',
      schema: newUserBody,
      examples: { invitation: { email: 'grace@example.com', display_name: 'Grace Hopper', role: 'user' } },
    },
    answers: {
      201: {
        description: 'The account is there, and the mail on its way.',
        headers: z.object({ location: z.string().meta({ description: 'Where the user is.' }) }),
        schema: publicUser,
      },
    },
    problems: ['email_taken', 'username_taken', 'temporarily_unavailable'],
  },
  'GET /users/{id}': {
    summary: 'Read a user',
    description:
      'Administrators read everybody, others only themselves: to them nobody else is there. To read oneself, a token needs `account:read` only.',
    callers: 'members',
    scope: 'users:read',
    path,
    answers: { 200: { description: 'The user.', schema: publicUser } },
  },
  'PATCH /users/{id}': {
    summary: 'Change a user',
    ...change,
    description: `What is left out stays. ${change.description}`,
    body: { as: 'json', schema: userPatch, examples: { role: { role: 'admin' } } },
  },
  'PUT /users/{id}': {
    summary: 'Replace a user',
    ...change,
    description: `A name that is left out is taken away. ${change.description}`,
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
      'They are signed out everywhere at once and cannot sign in again. Nothing is deleted: `is_active` brings them back.',
    callers: 'admins',
    scope: 'users:write',
    path,
    answers: { 204: { description: 'They are out.' } },
    problems: ['last_admin', 'temporarily_unavailable'],
  },
}
