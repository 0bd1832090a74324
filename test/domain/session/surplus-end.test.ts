import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashSecret } from '../../../src/domain/secret.ts'
import { LIVE_SESSIONS_OF_A_USER, toSessionId } from '../../../src/domain/session/session.ts'
import { ada } from '../../support/people.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { guess } from '../../support/sign-in.ts'
import { stores } from '../../support/stores.ts'
import { behindProxy } from '../../support/strangers.ts'
import { createTokenProgram } from '../../support/token-endpoint.ts'

const DAY_MS = 24 * 60 * 60 * 1000

for (const { name, open } of stores) {
  test(`signing in once too often ends the least recently used session: ${name}`, async () => {
    // SES-12
    await using store = await open()
    await using portal = await openPortal({ people: [ada], settings: { ...behindProxy, ...store.settings } })
    const secrets = await fillSessions(portal)
    // Began first, and was used last.
    const [oldest = '', second = '', third = ''] = secrets
    await portal.database.session.update({ where: { id: toId(oldest) }, data: { lastSeenAt: new Date() } })
    assert.equal((await portal.services.sessions.check(second)).state, 'live')

    const answer = await guess(portal, ada.email, ada.password)

    assert.equal(answer.status, 200)
    assert.equal((await portal.client.get('/auth/me', second)).body.code, 'session_ended')
    for (const secret of [oldest, third, answer.body.session.id])
      assert.equal((await portal.client.get('/auth/me', secret)).status, 200)
    const [ended, ...others] = await portal.database.auditEvent.findMany({
      where: { action: 'session.ended' },
    })
    assert.deepEqual(others, [])
    const { session, reason } = JSON.parse(ended?.details ?? '{}')
    assert.deepEqual([session, reason], [toId(second), 'too-many'])
  })

  test(`a script that signs in over and over signs no browser out: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ people: [ada], settings: { ...behindProxy, ...store.settings } })
    const browsers = ['Firefox', 'Firefox', 'Safari']
    const [first, second, third, oldestOfScript = '', ...others] = await fillSessions(portal, browsers)

    const answer = await guess(portal, ada.email, ada.password)

    assert.equal((await portal.client.get('/auth/me', oldestOfScript)).body.code, 'session_ended')
    for (const secret of [first, second, third, others.at(0), answer.body.session.id])
      assert.equal((await portal.client.get('/auth/me', secret)).status, 200)
  })

  test(`of many sign-ins at once none leaves more sessions than a person may have: ${name}`, async () => {
    // SES-12
    await using store = await open()
    await using portal = await openPortal({ people: [ada], settings: { ...behindProxy, ...store.settings } })
    await fillSessions(portal)

    const answers = await Promise.all(Array.from({ length: 8 }, () => guess(portal, ada.email, ada.password)))

    const secrets = answers.filter(({ status }) => status === 200).map(({ body }) => body.session.id)
    assert.ok(secrets.length > 0)
    for (const secret of secrets) assert.equal((await portal.client.get('/auth/me', secret)).status, 200)
    assert.equal(await portal.database.session.count({ where: { revokedAt: null } }), LIVE_SESSIONS_OF_A_USER)
  })
}

test('signing in by the password grant is bounded by the same number', async () => {
  await using portal = await openPortal({ people: [ada], settings: { PASSWORD_GRANT: 'on' } })
  const [first = ''] = await fillSessions(portal)
  const program = createTokenProgram(portal)

  const { status } = await program.post('/auth/token', {
    grant_type: 'password',
    username: ada.email,
    password: ada.password,
  })

  assert.equal(status, 200)
  assert.equal(await portal.database.session.count({ where: { revokedAt: null } }), LIVE_SESSIONS_OF_A_USER)
  assert.equal((await portal.services.sessions.check(first)).state, 'ended')
})

/** As many as a person may have, the first used longest ago; by these programs first, then all by one other. */
async function fillSessions(
  { services: { sessions, repositories }, database }: Portal,
  programs: string[] = [],
): Promise<string[]> {
  const user = await repositories.users.findWithPasswordHash(ada.email)
  assert.ok(user)
  const secrets = Array.from({ length: LIVE_SESSIONS_OF_A_USER }, sessions.makeSecret)
  const rows = secrets.map((secret, index) => {
    const origin = { ip: '192.0.2.1', userAgent: programs[index] ?? 'script', requestId: 'test' }
    const { session } = sessions.prepare(secret, {
      user,
      method: 'password',
      remember: true,
      browser: 'known',
      origin,
    })
    const lastSeenAt = new Date(Date.now() - DAY_MS + index * 1000)
    return { ...session, lastSeenAt, secretHash: hashSecret(secret), userId: user.id, userEpoch: 0 }
  })
  await database.session.createMany({ data: rows })
  return secrets
}

const toId = (secret: string) => toSessionId(hashSecret(secret))
