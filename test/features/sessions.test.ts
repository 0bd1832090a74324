import assert from 'node:assert/strict'
import { test } from 'node:test'
import { later, MINUTE_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { openWorkers, signOut, visit } from '../support/workers.ts'

type Listed = { session_id: string; is_current: boolean; tokens: { family_id: string }[] }

async function signIn({ client }: Pick<Portal, 'client'>, { email, password }: Person = ada) {
  const { body } = await client.post('/auth/login', { login: email, password })
  return { secret: body.session.id as string, id: body.session.session_id as string }
}

async function list({ client }: Pick<Portal, 'client'>, secret: string): Promise<Listed[]> {
  const { status, body, text } = await client.get('/auth/sessions', secret)
  assert.equal(status, 200, text)
  return body.sessions
}

function end({ client }: Pick<Portal, 'client'>, secret: string, path: string) {
  return client.call('delete', `/auth/sessions/${path}`, secret)
}

/** What an exchange leaves behind. */
async function addFamily(
  { database }: Pick<Portal, 'database'>,
  family: { id: string; sessionId: string; clientId?: string; expiresAt?: Date; revokedAt?: Date },
) {
  const now = new Date()
  const { userId } = await database.session.findUniqueOrThrow({ where: { id: family.sessionId } })
  const rest = { clientId: 'cli', scope: 'account:read offline_access', expiresAt: later(now, MINUTE_MS) }
  await database.tokenFamily.create({ data: { ...rest, userId, createdAt: now, lastUsedAt: now, ...family } })
}

test('I see where I am signed in, the newest use first, and which of them this is', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada, grace], clock })
  const first = await signIn(portal)
  await signIn(portal, grace)
  clock.forward(2 * MINUTE_MS)
  await portal.visitor.submit('/login', { login: ada.email, password: ada.password })
  const answer = await portal.visitor.visit('/api/v1/auth/sessions', { 'sec-fetch-site': 'same-origin' })

  assert.equal(answer.status, 200)
  assert.equal(answer.headers['cache-control'], 'no-store')
  const [browser, program, ...others] = answer.body.sessions
  assert.deepEqual(others, [])
  assert.deepEqual(Object.keys(browser), [
    'session_id',
    'method',
    'remember',
    'created_at',
    'authenticated_at',
    'last_seen_at',
    'expires_at',
    'expires_in',
    'ip',
    'user_agent',
    'device',
    'place',
    'is_current',
    'tokens',
  ])
  assert.deepEqual([browser.device, browser.is_current, browser.tokens], ['Firefox on Linux', true, []])
  assert.deepEqual([program.session_id, program.is_current], [first.id, false])
}) // SES-08

test('under a session stand the programs that got tokens there, and only tokens that still work', async () => {
  await using portal = await openPortal({ people: [ada] })
  const [mine, other] = [await signIn(portal), await signIn(portal)]
  const now = new Date()
  await portal.database.apiClient.create({ data: { id: 'cal', name: 'Calendar', scope: '', createdAt: now } })
  await addFamily(portal, { id: 'family-1', sessionId: other.id, clientId: 'cal' })
  await addFamily(portal, { id: 'family-2', sessionId: mine.id })
  await addFamily(portal, { id: 'over', sessionId: mine.id, expiresAt: now })
  await addFamily(portal, { id: 'revoked', sessionId: mine.id, revokedAt: now })

  const sessions = await list(portal, mine.secret)

  const tokensOf = (id: string) => sessions.find(({ session_id }) => session_id === id)?.tokens
  const row = await portal.database.tokenFamily.findUniqueOrThrow({ where: { id: 'family-1' } })
  assert.deepEqual(tokensOf(other.id), [
    {
      family_id: 'family-1',
      client_id: 'cal',
      client_name: 'Calendar',
      scope: 'account:read offline_access',
      created_at: row.createdAt.toISOString(),
      last_used_at: row.lastUsedAt.toISOString(),
      expires_at: row.expiresAt.toISOString(),
    },
  ])
  assert.deepEqual(
    tokensOf(mine.id)?.map((each) => ({ ...each, created_at: '', last_used_at: '', expires_at: '' })),
    [
      {
        family_id: 'family-2',
        client_id: 'cli',
        client_name: null,
        scope: 'account:read offline_access',
        created_at: '',
        last_used_at: '',
        expires_at: '',
      },
    ],
  )
})

test('nothing in the list grants access, and nothing that grants access is listed', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { secret, id } = await signIn(portal)
  await addFamily(portal, { id: 'family', sessionId: id })
  const tokens = { tokenHash: 'f'.repeat(64), familyId: 'family', createdAt: new Date(), successor: 'x' }
  await portal.database.refreshToken.create({ data: tokens })

  const { text } = await portal.client.get('/auth/sessions', secret)

  assert.doesNotMatch(text, /hash|epoch|successor|revoke|s_[\w-]{64}|[\da-f]{64}/i)
  assert.equal(await visit(portal, id), '401 token_invalid')
}) // SES-08, AUT-04

test('a session that is over is listed no more', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], clock, settings: { SESSION_IDLE: '1h' } })
  await signIn(portal)
  const left = await signIn(portal)
  await signOut(portal, left.secret)
  clock.forward(61 * MINUTE_MS)
  const now = await signIn(portal)

  const ids = async () => (await list(portal, now.secret)).map(({ session_id }) => session_id)
  assert.deepEqual(await ids(), [now.id])
  // As after a backup was restored, and after everything was ended.
  const system = { id: 1, sessionEpoch: later(clock.now(), MINUTE_MS) }
  await portal.database.system.upsert({ where: { id: 1 }, create: system, update: system })
  clock.forward(2 * MINUTE_MS)
  const next = await signIn(portal)
  assert.deepEqual(
    (await list(portal, next.secret)).map(({ session_id }) => session_id),
    [next.id],
  )
})

test('a session that I end elsewhere is over at once, in every process, and the others are not', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const [mine, lost, third] = [await signIn(one), await signIn(one), await signIn(one)]
  for (const { secret } of [mine, lost, third]) assert.equal(await visit(other, secret), 'welcome')

  const ended = await end(one, mine.secret, lost.id)

  assert.deepEqual([ended.status, ended.text], [204, ''])
  assert.equal(await visit(other, lost.secret), '401 session_ended')
  assert.equal(await visit(one, lost.secret), '401 session_ended')
  for (const { secret } of [mine, third]) assert.equal(await visit(other, secret), 'welcome')
  assert.equal((await end(other, mine.secret, lost.id)).status, 204)
  assert.deepEqual(
    (await list(other, mine.secret)).map(({ session_id }) => session_id).toSorted(),
    [mine.id, third.id].toSorted(),
  )
  const events = await one.database.auditEvent.findMany({ where: { action: 'session.ended' } })
  assert.deepEqual(
    events.map(({ details }) => JSON.parse(details)),
    [{ session: lost.id, reason: 'signed-out-remotely' }],
  )
}) // SES-08

test('ending a session where Redis cannot be reached answers only when nobody else accepts it', async () => {
  await using workers = await openWorkers({ settings: { SESSION_LEASE: '1s' } })
  const { one, other } = workers
  const [mine, lost] = [await signIn(one), await signIn(one)]
  one.redisLine.refuse()
  assert.equal(await visit(other, lost.secret), 'welcome')

  assert.equal((await end(one, mine.secret, lost.id)).status, 204)

  assert.equal(await visit(other, lost.secret), '401 session_ended')
})

test('I can end the session that I am in', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { secret, id } = await signIn(portal)

  assert.equal((await end(portal, secret, id)).status, 204)
  assert.equal(await visit(portal, secret), '401 session_ended')
})

test('I can end the tokens of one program, and nothing else', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { secret, id } = await signIn(portal)
  await addFamily(portal, { id: 'one', sessionId: id })
  await addFamily(portal, { id: 'other', sessionId: id })

  assert.equal((await end(portal, secret, `${id}/tokens/one`)).status, 204)
  assert.equal((await end(portal, secret, `${id}/tokens/one`)).status, 204)

  const [session] = await list(portal, secret)
  assert.deepEqual(
    session?.tokens.map(({ family_id }) => family_id),
    ['other'],
  )
  const family = await portal.database.tokenFamily.findUniqueOrThrow({ where: { id: 'one' } })
  assert.equal(family.revokeReason, 'revoked-by-owner')
  assert.equal(await portal.database.auditEvent.count({ where: { action: 'token.revoked' } }), 1)
})

test('other people’s sessions do not exist for me, any more than invented ones, and stay as they are', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const [mine, theirs] = [await signIn(portal), await signIn(portal, grace)]
  await addFamily(portal, { id: 'mine', sessionId: mine.id })
  await addFamily(portal, { id: 'theirs', sessionId: theirs.id })
  const before = await readAll(portal)
  const none = [
    theirs.id,
    `${theirs.id}/tokens/theirs`,
    `${mine.id}/tokens/theirs`,
    `${theirs.id}/tokens/mine`,
    'ses_nobody',
    `${mine.id}/tokens/nothing`,
    mine.id.toUpperCase(),
    mine.secret,
    '-1',
    '1e309',
    '%00',
    `${mine.id}%00`,
    'x'.repeat(10_000),
    '__proto__',
    `${encodeURIComponent("' OR 1=1 --")}`,
    `${mine.id}/tokens/%00`,
  ]

  for (const path of none) {
    const answer = await end(portal, mine.secret, path)
    assert.deepEqual([answer.status, answer.body.code], [404, 'not_found'], path.slice(0, 60))
  }

  assert.equal(await readAll(portal), before)
  assert.equal(await visit(portal, theirs.secret), 'welcome')
}) // SES-09, AUT-02

test('three sign-ins at the same moment are three in the list, and whoever ends the others is alone', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const all = await Promise.all([signIn(one), signIn(other), signIn(one)])
  const [mine, ...others] = all
  assert.ok(mine)
  await Promise.all(all.map(({ secret }) => visit(other, secret)))

  const listed = await list(one, mine.secret)
  assert.deepEqual(listed.map(({ session_id }) => session_id).toSorted(), all.map(({ id }) => id).toSorted())
  const ending = listed.filter((session) => !session.is_current)
  await Promise.all(ending.map(({ session_id }) => end(one, mine.secret, session_id)))

  for (const { secret } of others) assert.equal(await visit(other, secret), '401 session_ended')
  assert.equal(await visit(other, mine.secret), 'welcome')
}) // SES-16 a

test('a Redis that forgot what it knew hides no session from the list, nor from being ended', async () => {
  await using workers = await openWorkers()
  const { one, other, redis } = workers
  const [mine, second, third] = [await signIn(one), await signIn(one), await signIn(one)]
  for (const { secret } of [mine, second, third]) await visit(other, secret)
  await redis.command('FLUSHALL')

  assert.equal((await list(one, mine.secret)).length, 3)
  await end(one, mine.secret, second.id)
  assert.equal(await visit(other, second.secret), '401 session_ended')
  assert.equal((await one.client.post('/auth/logout-all', undefined, mine.secret)).status, 204)

  for (const { secret } of [mine, second, third])
    assert.equal(await visit(other, secret), '401 session_ended')
}) // SES-16 b

test('a request that was under way when its session was ended elsewhere does not bring it back', async () => {
  await using workers = await openWorkers()
  const { one, other, clock } = workers
  const [mine, lost] = [await signIn(one), await signIn(one)]
  await visit(other, lost.secret)
  clock.forward(2 * MINUTE_MS)

  const wantsToSave = other.redisLine.holdFrom('"until"')
  assert.equal(await visit(other, lost.secret), 'welcome')
  await wantsToSave
  assert.equal((await end(one, mine.secret, lost.id)).status, 204)
  other.redisLine.release()

  assert.equal(await visit(other, lost.secret), '401 session_ended')
  assert.equal((await list(one, mine.secret)).length, 1)
}) // SES-16 c

test('a sign-in that was under way when all were ended is listed no more than it is accepted', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const first = await signIn(one)

  const almostDone = one.sqlLine.holdFrom(/COMMIT/)
  const endingAll = one.client.post('/auth/logout-all', undefined, first.secret).then(({ status }) => status)
  await almostDone
  const late = await signIn(other)
  one.sqlLine.release()
  assert.equal(await endingAll, 204)

  assert.equal(await visit(other, late.secret), '401 session_ended')
  const next = await signIn(one)
  assert.deepEqual(
    (await list(other, next.secret)).map(({ session_id }) => session_id),
    [next.id],
  )
}) // SES-16 d

async function readAll({ database }: Portal): Promise<string> {
  const where = { revokedAt: { not: null } }
  const ended = [await database.session.count({ where }), await database.tokenFamily.count({ where })]
  return JSON.stringify([ended, await database.auditEvent.count()])
}
