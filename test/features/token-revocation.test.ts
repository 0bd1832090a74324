import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import { openWorkers, visit } from '../support/workers.ts'

async function openProgram(portal: Portal) {
  const program = createTokenProgram(portal)
  const client = await program.register()
  const tokens = await program.openTokens(client.inForm)
  const isActive = async (token: string): Promise<boolean> => {
    const answer = await program.introspect(token, client.inForm)
    assert.equal(answer.status, 200)
    if (!answer.body.active) assert.deepEqual(answer.body, { active: false })
    return answer.body.active
  }
  return { program, client, tokens, isActive }
}

test('a client that revokes a token ends its whole family', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { program, client, tokens, isActive } = await openProgram(portal)
  const next = (await program.refresh(tokens.refresh, client.inForm)).body

  const answer = await program.revoke(next.refresh_token, client.inForm)

  assert.deepEqual([answer.status, answer.text], [200, ''])
  assert.equal((await program.refresh(next.refresh_token, client.inForm)).body.error, 'invalid_grant')
  for (const token of [tokens.access, next.access_token, next.refresh_token])
    assert.equal(await isActive(token), false)
  assert.equal((await portal.client.get('/auth/me', tokens.session)).status, 200)
}) // TOK-19

test('revoking an access token ends its refresh token too', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { program, client, tokens, isActive } = await openProgram(portal)

  assert.equal((await program.revoke(tokens.access, client.inForm)).status, 200)

  assert.equal(await isActive(tokens.access), false)
  assert.equal((await program.refresh(tokens.refresh, client.inForm)).body.error, 'invalid_grant')
})

test('a revoked access token still works for its few minutes only where nobody asks about it', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { program, client, tokens, isActive } = await openProgram(portal)
  await program.revoke(tokens.refresh, client.inForm)

  assert.equal(await isActive(tokens.access), false)
  assert.equal(await visit(portal, tokens.access), 'welcome')
  await portal.client.post('/auth/logout', undefined, tokens.session)
  assert.equal(await visit(portal, tokens.access), '401 session_ended')
})

test('an access token that came without a refresh token cannot be revoked, and the answer says so', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { body } = await program.exchange(await program.signIn())
  const answer = await program.revoke(body.access_token)
  assert.deepEqual([answer.status, answer.body.error], [400, 'unsupported_token_type'])
})

test('nobody can revoke another client’s token, or learn whether it exists', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { program, client, tokens, isActive } = await openProgram(portal)
  const other = await program.register()

  for (const form of [other.inForm, {}])
    for (const token of [tokens.refresh, tokens.access, `r_${'a'.repeat(64)}`, 'nothing'])
      assert.deepEqual([(await program.revoke(token, form)).status], [200])

  assert.equal(await isActive(tokens.refresh), true)
  assert.equal((await program.refresh(tokens.refresh, client.inForm)).status, 200)
}) // TOK-19

test('only a client with a secret may ask what a token is worth', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { program, client, tokens } = await openProgram(portal)
  const open = await program.register(['account:read'], { isPublic: true })
  const refused = [
    {},
    { client_id: client.id },
    { ...client.inForm, client_secret: 'wrong' },
    { client_id: open.id },
  ]
  for (const form of refused) {
    const answer = await program.introspect(tokens.access, form as Record<string, string>)
    assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_client'])
    assert.match(String(answer.headers['www-authenticate']), /^Basic/)
  }
}) // TOK-20

test('a client is told all that a token stands for, or only that it stands for nothing', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { program, client, tokens, isActive } = await openProgram(portal)
  const { user, session } = (await portal.client.get('/auth/me', tokens.session)).body

  const access = await program.introspect(tokens.access, client.inForm)
  const refresh = await program.introspect(tokens.refresh, client.inForm)

  assert.equal(access.headers['cache-control'], 'no-store')
  const shared = {
    active: true,
    client_id: client.id,
    scope: 'account:read offline_access',
    sub: user.id,
    sid: session.session_id,
  }
  const { iat, exp, jti, auth_time, ...known } = access.body
  assert.equal(exp - iat, 600)
  assert.ok(jti && auth_time)
  assert.deepEqual(known, {
    ...shared,
    token_type: 'Bearer',
    iss: portal.baseUrl,
    aud: portal.baseUrl,
    role: 'user',
  })
  const { iat: _from, exp: _until, ...rest } = refresh.body
  assert.deepEqual(rest, { ...shared, token_type: 'refresh_token' })

  for (const token of [tokens.session, 'nothing', '', `${tokens.access}x`, tokens.access.slice(0, -2)])
    assert.equal(token === '' ? false : await isActive(token), false)
  const other = await program.register()
  assert.deepEqual((await program.introspect(tokens.refresh, other.inForm)).body, { active: false })
}) // TOK-20

const ends: [name: string, end: (portal: Portal, session: string) => Promise<unknown>][] = [
  ['signing out', ({ client }, session) => client.post('/auth/logout', undefined, session)],
  ['signing out everywhere', ({ client }, session) => client.post('/auth/logout-all', undefined, session)],
  [
    'signing out by an access token of it',
    async (portal, session) => {
      const { body } = await createTokenProgram(portal).exchange(session, { scope: 'account:write' })
      return portal.client.post('/auth/logout', undefined, body.access_token)
    },
  ],
  [
    'ending it in the list of sessions',
    async ({ client }, session) => {
      const { body } = await client.get('/auth/me', session)
      return client.call('delete', `/auth/sessions/${body.session.session_id}`, session)
    },
  ],
  ['being deactivated', (portal) => changeAda(portal, { isActive: false })],
  ['being given another role', (portal) => changeAda(portal, { role: 'admin' })],
]

/** As an administrator does it. */
async function changeAda({ services, database }: Portal, changes: { isActive?: boolean; role?: 'admin' }) {
  const { id } = await database.user.findUniqueOrThrow({ where: { email: ada.email } })
  const actor = await services.users.find(id)
  assert.ok(actor)
  return services.users.change(id, changes, { actor, origin: { ip: '', userAgent: '', requestId: '' } })
}

for (const [name, end] of ends) {
  test(`${name} ends every token that came of the session, at once and in every process`, async () => {
    await using workers = await openWorkers()
    const { one, other } = workers
    const { program, client, tokens, isActive } = await openProgram(one)
    for (const worker of [one, other]) assert.equal(await visit(worker, tokens.access), 'welcome')

    await end(one, tokens.session)

    for (const worker of [one, other]) assert.equal(await visit(worker, tokens.access), '401 session_ended')
    assert.equal(await isActive(tokens.access), false)
    assert.equal(await isActive(tokens.refresh), false)
    const elsewhere = createTokenProgram(other)
    assert.equal((await elsewhere.refresh(tokens.refresh, client.inForm)).body.error, 'invalid_grant')
    assert.equal((await program.exchange(tokens.session)).body.error, 'invalid_request')
  }) // TOK-21
}

test("one session that ends takes no other session's tokens with it", async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const program = createTokenProgram(portal)
  const [gone, kept] = [await program.openTokens(), await program.openTokens()]
  await portal.client.post('/auth/logout', undefined, gone.session)
  assert.equal((await portal.client.get('/auth/me', kept.access)).status, 200)
  assert.equal((await program.refresh(kept.refresh)).status, 200)
})
