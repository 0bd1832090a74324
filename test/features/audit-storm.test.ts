import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verify } from '../support/audit-log.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { openProcess } from '../support/portal-to-kill.ts'
import { type Store, stores } from '../support/stores.ts'
import { behindProxy, nextAddress } from '../support/strangers.ts'

const ROUNDS = 2
const AT_ONCE = 8
const crowd = Array.from({ length: AT_ONCE }, (_, index) => ({
  ...ada,
  email: `person${index}@example.com`,
  username: `person${index}`,
}))

test('after a storm in which processes are killed again and again, every sign-in and sign-out that was acknowledged is in the log once, in its order, and sealed', async () => {
  const postgres = stores[2] as Store
  await using store = await postgres.open()
  const settings = { ...store.settings, ...behindProxy, BASE_URL: 'http://portal.test' }
  await using witness = await openPortal({ people: crowd, settings })
  const started: string[] = []
  const ended: string[] = []

  for (let round = 0; round < ROUNDS; round++) {
    await using victim = await openProcess(settings)
    const clients = [witness.client, victim.client]
    let killed: Promise<unknown> | null = null
    const comeAndGo = async (index: number) => {
      const client = clients[index % clients.length] as typeof witness.client
      const headers = { ...witness.host, 'x-forwarded-for': nextAddress() }
      const body = { login: crowd[index]?.email, password: ada.password }
      const { session } = (await client.send(client.portal.post('/auth/login').send(body), headers)).body
      if (!session?.id) return
      started.push(session.session_id)
      killed ??= client === victim.client ? victim.kill() : null
      await killed
      const bye = { ...headers, authorization: `Bearer ${session.id}` }
      const { status } = await client.send(client.portal.post('/auth/logout'), bye)
      if (status === 204) ended.push(session.session_id)
    }
    const sealing = witness.services.sealing.sealAll()
    await Promise.allSettled(Array.from({ length: AT_ONCE }, (_, index) => comeAndGo(index)))
    await sealing
  }
  await witness.services.sealing.sealAll()

  const events = await witness.database.auditEvent.findMany({
    orderBy: [{ batch: 'asc' }, { position: 'asc' }],
  })
  const placesOf = (action: string, id: string) =>
    events.flatMap((event, place) =>
      event.action === action && JSON.parse(event.details).session === id ? [place] : [],
    )
  assert.ok(started.length > AT_ONCE && ended.length > 0)
  for (const id of started) assert.equal(placesOf('session.started', id).length, 1, id)
  for (const id of ended) {
    const [start = Number.NaN] = placesOf('session.started', id)
    const [end = Number.NaN, ...more] = placesOf('session.ended', id)
    assert.ok(start < end && more.length === 0, id)
  }
  const { findings, events: sealed, unsealed } = await verify(witness)
  assert.deepEqual({ findings, sealed, unsealed }, { findings: [], sealed: events.length, unsealed: 0 })
}) // B2, AUT-09
