import { z } from 'zod'
import type { Operations } from '../../http/operation.ts'
import { dataFile } from './data-file.ts'

export const dataOperations: Operations = {
  'GET /auth/data': {
    summary: 'Download my data',
    description: 'Everything the portal holds about you, without secrets. Needs a recent sign-in.',
    callers: 'members',
    scope: 'account:read',
    answers: { 200: { description: 'Your data.', schema: dataFile } },
    problems: ['reauthentication_required', 'too_many_attempts'],
  },
  'POST /auth/deletion': {
    summary: 'Delete my account',
    description:
      'Signs you out everywhere at once. After 7 days the account and everything held about you is deleted. Until then you can sign in and cancel. Needs a recent sign-in.',
    callers: 'members',
    scope: 'account:write',
    answers: {
      202: {
        description: 'The account will be deleted.',
        schema: z.object({ deletes_at: z.iso.datetime().meta({ example: '2026-11-28T08:05:00.000Z' }) }),
      },
    },
    problems: ['reauthentication_required', 'last_admin', 'too_many_attempts', 'temporarily_unavailable'],
  },
  'DELETE /auth/deletion': {
    summary: 'Keep my account',
    description: 'Cancels the deletion. Repeating the request changes nothing.',
    callers: 'members',
    scope: 'account:write',
    answers: { 204: { description: 'The account stays.' } },
    problems: ['too_many_attempts'],
  },
}
