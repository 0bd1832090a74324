import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import { isSomebodyWaiting, openWorkers, visit } from '../support/workers.ts'

type Client = Pick<Portal, 'client'>

async function signIn({ client }: Client) {
  const { body } = await client.post('/auth/login', { login: ada.email, password: ada.password })
  return { secret: body.session.id as string, id: body.session.session_id as string }
}

async function proveAgain({ client }: Client, secret: string): Promise<string> {
  const { body, text } = await client.post('/auth/reauthenticate', { password: ada.password }, secret)
  assert.ok(body.session, text)
  return body.session.id
}

test('a program loses its access, although its session has a new secret since I saw the list', async () => {
  await using portal = await openPortal({ people: [ada] })
  const mine = await signIn(portal)
  const listed = await signIn(portal)
  const program = createTokenProgram(portal)
  const { body } = await program.exchange(listed.secret, { scope: 'account:read offline_access' })
  const { id: family } = await portal.database.tokenFamily.findFirstOrThrow()
  await proveAgain(portal, listed.secret)

  const path = `/auth/sessions/${listed.id}/tokens/${family}`
  const { status } = await portal.client.call('delete', path, mine.secret)

  assert.equal(status, 204)
  assert.equal((await program.refresh(body.refresh_token)).body.error, 'invalid_grant')
})

test('whoever is just getting a new secret is signed out with all my other devices', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const [mine, theirs] = [await signIn(one), await signIn(other)]
  const { transact } = other.world.sql
  let ending: Promise<unknown> = Promise.resolve()
  other.world.sql.transact = (work) =>
    transact(async (...given) => {
      const done = await work(...given)
      ending = one.client.post('/auth/logout-others', undefined, mine.secret).then(({ status }) => status)
      while (!(await isSomebodyWaiting(one))) await new Promise(setImmediate)
      other.world.sql.transact = transact
      return done
    })

  const renewed = await proveAgain(other, theirs.secret)

  assert.equal(await ending, 204)
  assert.equal(await visit(other, renewed), '401 session_ended')
  assert.equal(await visit(one, mine.secret), 'welcome')
})
