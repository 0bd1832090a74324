import { Router } from 'express'
import { toPlaceText } from '../../domain/audit-event/history.ts'
import { ACTIONS, toTitle } from '../../domain/audit-event/log-words.ts'
import { type Form, readForm } from '../../http/form.ts'
import { adminsOnly, freshAdminsOnly, readMember } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import { sendPieces } from '../../http/send-pieces.ts'
import { auditFilters, auditQuery } from './audit.form.ts'
import type { AuditService } from './audit.service.ts'
import { toShownEvents, writeAuditLines } from './audit-page.ts'

const titles = ACTIONS.map((action) => [action, toTitle(action)] as const)
const actions = { '': 'Any', ...Object.fromEntries(titles.toSorted(([, a], [, b]) => a.localeCompare(b))) }

export function createAuditPages({ audit }: { audit: AuditService }) {
  const router = Router()

  router.get('/admin/audit', adminsOnly, async (req, res) => {
    res.set('cache-control', 'no-store')
    const read = readForm(auditQuery, req.query)
    const { form } = read
    const shown = { form, actions, filter: toFilterText(form), isNewest: !form.values.after }
    if (!read.ok) return res.status(422).render('pages/audit', { ...shown, events: [], next: null })

    const { asked, after, perPage } = read.data
    const page = await audit.list(asked, { after, most: perPage })
    res.render('pages/audit', {
      ...shown,
      events: toShownEvents(page),
      next: page.next && toPlaceText(page.next),
    })
  })

  router.get('/admin/audit/export', freshAdminsOnly, async (req, res) => {
    const read = readForm(auditQuery, req.query)
    if (!read.ok) return res.redirect(303, '/admin/audit')

    const by = { actor: readMember(req).user, origin: readOrigin(req) }
    const pages = await audit.export(read.data.asked, by)
    res.attachment(`audit-${new Date().toISOString().slice(0, 10)}.jsonl`)
    await sendPieces(res, writeAuditLines(pages), { type: 'application/jsonl' })
  })

  return router
}

/** The filter as it stands in an address, without the page. */
function toFilterText({ values }: Form): string {
  const set = Object.keys(auditFilters).filter((name) => values[name])
  return new URLSearchParams(Object.fromEntries(set.map((name) => [name, values[name] ?? '']))).toString()
}
