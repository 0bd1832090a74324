import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { DAY_MS, earlier } from '../../src/domain/time.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'

/** Tables that grow with people and programs, not with time. */
const KEPT = ['User', 'Identity', 'System', 'ApiClient']
/** Seals stay for good, one for up to 500 events; test/features/audit-… holds what becomes of the events. */
const SEALED = ['AuditEvent', 'AuditSeal']

const models = [
  ...readFileSync(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8').matchAll(/^model (\w+)/gm),
].map(([, name = '']) => name)

test('every table that grows with time is swept: its rows of two years ago are gone, and those of today stay', async () => {
  await using portal = await openPortal({ people: [ada] })
  const tables = await fill(portal, earlier(new Date(), 730 * DAY_MS))
  assert.deepEqual([...Object.keys(tables), ...KEPT, ...SEALED].toSorted(), models.toSorted())
  const signedIn = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })

  await portal.services.housekeeping.sweep()

  for (const [name, countOld] of Object.entries(tables)) assert.equal(await countOld(), 0, name)
  assert.equal((await portal.client.get('/auth/me', signedIn.body.session.id)).status, 200)
})

/** A row in each table, over since `at`. Answers with how to count the rows that are as old as that. */
async function fill({ database }: Portal, at: Date): Promise<Record<string, () => Promise<number>>> {
  const { id: userId } = await database.user.findFirstOrThrow()
  const lasting = { createdAt: at, expiresAt: at }
  const session = {
    id: 'ses_old',
    secretHash: 'old',
    userId,
    userEpoch: 0,
    method: 'password',
    remember: false,
  }
  const seen = { ip: '', userAgent: '', authenticatedAt: at, lastSeenAt: at, idleExpiresAt: at }
  await database.session.create({ data: { ...session, ...seen, ...lasting } })
  const family = { id: 'old', sessionId: session.id, userId, clientId: 'old', scope: '', lastUsedAt: at }
  await database.tokenFamily.create({ data: { ...family, ...lasting } })
  await database.refreshToken.create({ data: { tokenHash: 'old', familyId: family.id, createdAt: at } })
  const attempt = { stateHash: 'old', browserHash: 'old', provider: 'google', remember: false, returnTo: '/' }
  await database.oAuthAttempt.create({ data: { ...attempt, ...lasting } })
  const link = { tokenHash: 'old', kind: 'reset-password', userId, email: ada.email }
  await database.oneTimeLink.create({ data: { ...link, ...lasting } })
  const mail = { id: 'old', recipient: ada.email, template: 'welcome', payload: '', createdAt: at }
  await database.outgoingMail.create({ data: { ...mail, nextAttemptAt: at } })
  await database.signInHour.create({ data: { hour: at, succeeded: 1, refused: 1 } })
  const key = {
    id: 'old',
    algorithm: 'EdDSA',
    publicJwk: '{}',
    privateJwk: '',
    createdAt: at,
    activeFrom: at,
  }
  await database.signingKey.create({ data: { ...key, verifyOnlyFrom: at, goneFrom: at } })
  await database.attemptCount.create({ data: { key: 'old', points: 1, expire: at } })
  const old = { where: { createdAt: at } }
  return {
    Session: () => database.session.count(old),
    TokenFamily: () => database.tokenFamily.count(old),
    RefreshToken: () => database.refreshToken.count(old),
    OAuthAttempt: () => database.oAuthAttempt.count(old),
    OneTimeLink: () => database.oneTimeLink.count(old),
    OutgoingMail: () => database.outgoingMail.count(old),
    SignInHour: () => database.signInHour.count({ where: { hour: at } }),
    SigningKey: () => database.signingKey.count(old),
    AttemptCount: () => database.attemptCount.count({ where: { key: 'old' } }),
  }
}
