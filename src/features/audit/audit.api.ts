import { Router } from 'express'
import { readBody } from '../../http/form.ts'
import { adminsOnly, withScope } from '../../http/guards.ts'
import { auditQuery } from './audit.form.ts'
import type { AuditService } from './audit.service.ts'
import { toAuditPage } from './audit-page.ts'

export function createAuditApi({ audit }: { audit: AuditService }) {
  const router = Router()

  router.get('/api/v1/admin/audit', adminsOnly, withScope('audit:read'), async (req, res) => {
    const { asked, after, perPage } = readBody(auditQuery, req.query)
    res.json(toAuditPage(await audit.list(asked, { after, most: perPage }), perPage))
  })

  return router
}
