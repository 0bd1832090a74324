import type { Operations } from '../../http/operation.ts'
import { auditParameters } from './audit.form.ts'
import { auditPage } from './audit-page.ts'

export const auditOperations: Operations = {
  'GET /api/v1/admin/audit': {
    summary: 'Read the audit log',
    description:
      'What happened to everybody, newest first. Page with `after`: every page is as fast as the first, and no event is listed twice or left out.',
    callers: 'admins',
    scope: 'audit:read',
    query: auditParameters,
    answers: { 200: { description: 'A page of the audit log.', schema: auditPage } },
  },
}
