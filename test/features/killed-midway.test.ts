import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { askFor, moveTo, newEmail, tokenMailedTo, undoToken } from '../support/email-change.ts'
import { letThiefIn } from '../support/not-me.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { openProcess } from '../support/portal-to-kill.ts'
import { forget, newPassword } from '../support/reset.ts'
import { signIn } from '../support/sign-in.ts'
import { type Store, stores } from '../support/stores.ts'
import { behindProxy } from '../support/strangers.ts'
import { isSomebodyWaiting } from '../support/workers.ts'

const postgres = stores[2] as Store
const tables = ['audit_events', 'outgoing_mails']

type Request = { path: string; body: object; secret?: string }
type Door = { name: string; prepare(portal: Portal): Promise<Request> }

const doors: Door[] = [
  {
    name: 'choosing a new password',
    prepare: async (portal) => {
      const body = { token: await forget(portal, ada.email), new_password: newPassword }
      return { path: '/auth/reset-password', body }
    },
  },
  {
    name: 'confirming a new email',
    prepare: async (portal) => {
      await askFor(portal.visitor, newEmail)
      const body = { token: await tokenMailedTo(portal, newEmail, '/account/email/confirm') }
      return { path: '/auth/change-email/confirm', body, secret: portal.visitor.sessionSecret() ?? '' }
    },
  },
  {
    name: 'taking a change of email back',
    prepare: async (portal) => {
      await moveTo(portal, portal.visitor)
      return { path: '/auth/undo-email-change', body: { token: await undoToken(portal) } }
    },
  },
  {
    name: '“This wasn’t me”',
    prepare: async (portal) => ({ path: '/auth/not-me', body: { token: (await letThiefIn(portal)).token } }),
  },
]

/** Everything but when it was read, and what waits to be sent. */
async function readAll({ database }: Portal): Promise<string> {
  const users = await database.user.findMany({ omit: { updatedAt: true } })
  const sessions = await database.session.findMany({ select: { id: true, revokedAt: true } })
  const links = await database.oneTimeLink.findMany({ select: { tokenHash: true } })
  const counts = [await database.auditEvent.count(), await database.outgoingMail.count()]
  return JSON.stringify({ users, sessions, links, counts })
}

/** Nobody writes to it until it is given free. */
async function lock(url: string, table: string) {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`)
  return { [Symbol.asyncDispose]: () => client.end() }
}

for (const { name, prepare } of doors) {
  for (const table of tables) {
    test(`${name}, in a portal that is killed before it writes to ${table}, has not happened, and happens when it is tried again`, async () => {
      await using store = await postgres.open()
      await using portal = await openPortal({
        people: [ada],
        settings: { ...store.settings, ...behindProxy },
      })
      await signIn(portal.visitor, ada.email)
      const { path, body, secret } = await prepare(portal)
      await using doomed = await openProcess({ ...store.settings, ...behindProxy })
      const before = await readAll(portal)
      {
        await using _held = await lock(store.settings.DATABASE_URL, table)
        const answer = doomed.client.post(path, body, secret).catch(() => null)
        while (!(await isSomebodyWaiting(portal))) await pause(20)
        await doomed.kill()
        assert.equal(await answer, null)
      }

      assert.equal(await readAll(portal), before)
      const { status, body: said } = await portal.client.post(path, body, secret)
      assert.ok(status < 300, `${status} ${JSON.stringify(said)}`)
      assert.notEqual(await readAll(portal), before)
    }) // C2
  }
}
