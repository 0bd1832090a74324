import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { createTokenProgram, toBasic } from '../support/token-endpoint.ts'

test('only somebody who knows the client’s secret, sent either way, can end its refresh token', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const reports = await program.register()
  const logOut = (body: object, headers: Record<string, string> = {}) =>
    portal.client.send(portal.client.portal.post('/auth/logout').send(body), headers)
  const { id: client_id, secret: client_secret } = reports
  let { refresh } = await program.openTokens(reports.inForm)

  for (const [body, headers] of [
    [{ client_id }, {}],
    [{ client_id, client_secret: 'a guess' }, {}],
    [{ client_id }, toBasic(client_id, 'a guess')],
    [{}, toBasic(client_id, 'a guess')],
    [{ client_id: 'nobody', client_secret }, {}],
  ] as const) {
    const answer = await logOut({ refresh_token: refresh, ...body }, headers)
    assert.deepEqual([answer.status, answer.body.code], [401, 'authentication_failed'])
    refresh = (await program.refresh(refresh, reports.inForm)).body.refresh_token
  }
  assert.equal((await logOut({ refresh_token: refresh })).status, 204)
  const next = (await program.refresh(refresh, reports.inForm)).body.refresh_token
  assert.match(next, /^r_/)

  assert.equal((await logOut({ refresh_token: next, client_id, client_secret })).status, 204)
  assert.equal((await program.refresh(next, reports.inForm)).body.error, 'invalid_grant')
  const { refresh: another } = await program.openTokens(reports.inForm)
  assert.equal((await logOut({ refresh_token: another }, reports.basic)).status, 204)
  assert.equal((await program.refresh(another, reports.inForm)).body.error, 'invalid_grant')
}) // TOK-19

test('a program of our own, and a client without a secret, need no proof', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const app = await program.register(['account:read', 'offline_access'], { isPublic: true })
  const logOut = (body: object) => portal.client.post('/auth/logout', body)
  const own = await program.openTokens()
  const other = await program.openTokens({ client_id: app.id })

  assert.equal((await logOut({ refresh_token: own.refresh })).status, 204)
  assert.equal((await logOut({ refresh_token: other.refresh, client_id: app.id })).status, 204)

  assert.equal((await program.refresh(own.refresh)).body.error, 'invalid_grant')
  assert.equal((await program.refresh(other.refresh, { client_id: app.id })).body.error, 'invalid_grant')
  assert.equal((await portal.services.sessions.check(own.session)).state, 'live')
})
