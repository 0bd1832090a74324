import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SessionData } from 'express-session'
import { SessionStore } from '../../src/http/session-store.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'

for (const store of stores) {
  test(`a late write by express-session cannot revive a session that ended (${store.name})`, async () => {
    await using opened = await store.open()
    await using portal = await openPortal({ people: [ada], settings: opened.settings })
    const { sessions } = portal.services
    const redis = portal.world.redis?.client ?? null
    const held = new SessionStore({ sessions, redis })
    const secret = await signIn(portal)

    const data = await ask<SessionData>((done) => held.get(secret, done))
    assert.equal(data.live?.member.user.email, ada.email)
    await ask((done) => held.destroy(secret, done))
    await ask((done) => held.set(secret, data, done))
    await ask((done) => held.touch(secret, data, done))

    assert.equal(await ask((done) => held.get(secret, done)), null)
    assert.equal((await portal.client.get('/auth/me', secret)).body.code, 'session_ended')
    const ends = await portal.database.auditEvent.count({ where: { action: 'session.ended' } })
    assert.equal(ends, 1)
  }) // SES-14, SES-15
}

test('counting sessions in Redis does no harm, and emptying the store is refused', async () => {
  await using opened = await (stores[1] as (typeof stores)[0]).open()
  await using portal = await openPortal({ people: [ada], settings: opened.settings })
  const { sessions } = portal.services
  const held = new SessionStore({ sessions, redis: portal.world.redis?.client ?? null })
  const [live, ended] = [await signIn(portal), await signIn(portal)]
  await portal.client.get('/auth/me', live)
  await portal.client.post('/auth/logout', undefined, ended)

  const ids = await ask<string[]>((done) => held.ids(done))
  assert.equal(ids.length, 2)
  for (const id of ids) assert.match(id, /^[0-9a-f]{64}$/)
  assert.equal(await ask((done) => held.length(done)), 2)
  const all = await ask<object[]>((done) => held.all(done))
  assert.equal(all.length, 2)
  assert.equal(JSON.stringify(all).includes(live), false)
  await assert.rejects(ask((done) => held.clear(done)))

  assert.equal((await portal.client.get('/auth/me', live)).status, 200)
  assert.equal((await portal.client.get('/auth/me', ended)).body.code, 'session_ended')
})

// biome-ignore lint/suspicious/noExplicitAny: the callbacks of express-session's and connect-redis' types differ
function ask<T = unknown>(work: (done: (error?: any, value?: any) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => work((error, value) => (error ? reject(error) : resolve(value))))
}

async function signIn({ client }: Awaited<ReturnType<typeof openPortal>>): Promise<string> {
  const answer = await client.post('/auth/login', { login: ada.email, password: ada.password })
  return answer.body.session.id
}
