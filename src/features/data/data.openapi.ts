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
}
