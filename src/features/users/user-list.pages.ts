import { Router } from 'express'
import { readActor } from '../../http/actor.ts'
import { type Form, readForm } from '../../http/form.ts'
import { adminsOnly, freshAdminsOnly } from '../../http/guards.ts'
import { sendPieces } from '../../http/send-pieces.ts'
import { writeUserCsv } from './user-csv.ts'
import { toUserPage } from './user-page.ts'
import { userListQuery } from './users.form.ts'
import type { UsersService } from './users.service.ts'

const FILTERS = ['search', 'role', 'status', 'sort'] as const

export function createUserListPages({ users }: { users: UsersService }) {
  const router = Router()

  router.get('/admin/users', adminsOnly, async (req, res) => {
    res.set('cache-control', 'no-store')
    const read = readForm(userListQuery, req.query)
    const shown = { form: read.form, filter: toFilterText(read.form), isFirst: !read.form.values.after }
    if (!read.ok) return res.status(422).render('pages/users', { ...shown, users: [], next: null })

    res.render('pages/users', { ...shown, ...toUserPage(await users.list(read.data), read.data) })
  })

  router.get('/admin/users/export', freshAdminsOnly, async (req, res) => {
    const read = readForm(userListQuery, req.query)
    if (!read.ok) return res.redirect(303, '/admin/users')

    const pages = await users.export(read.data, readActor(req))
    res.attachment(`users-${new Date().toISOString().slice(0, 10)}.csv`)
    await sendPieces(res, writeUserCsv(pages), { type: 'csv' })
  })

  return router
}

/** The filter as it stands in an address, without the page. */
function toFilterText({ values }: Form): string {
  const set = FILTERS.filter((name) => values[name])
  return new URLSearchParams(set.map((name): [string, string] => [name, values[name] ?? ''])).toString()
}
