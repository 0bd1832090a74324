import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts'
import { createTestClock } from '../support/clock.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { isAskedToSignIn, signIn } from '../support/sign-in.ts'
import { openWorkers, signOut } from '../support/workers.ts'

const boss = { ...grace, role: 'admin' } satisfies Person
const WHEN = String.raw`on \d+ \w+ 20\d\d at \d\d:\d\d UTC`

/** Ada in her browser, and in another that she signs out from. */
async function openBoth(options: Parameters<typeof openPortal>[0] = {}) {
  const portal = await openPortal({ people: [ada, boss], ...options })
  const elsewhere = portal.openVisitor({ 'user-agent': 'Version/18.0 Mobile Safari/604.1 iPhone' })
  await signIn(portal.visitor, ada.email)
  await signIn(elsewhere, ada.email)
  const { id } = await portal.database.session.findFirstOrThrow({ orderBy: { createdAt: 'asc' } })
  const secret = portal.visitor.sessionSecret() ?? ''
  return { portal, elsewhere, id, secret, [Symbol.asyncDispose]: portal[Symbol.asyncDispose] }
}

/** What the sign-in page tells me first of all. */
async function readNews({ visitor }: Pick<Portal, 'visitor'>, path: string): Promise<string | null> {
  const answer = await visitor.visit(path)
  const page = answer.status === 303 ? await visitor.visit(String(answer.headers.location)) : answer
  return /role="status"[^>]*>[\s\S]*?<p>([^<]*)<\/p>/.exec(page.text)?.[1] ?? null
}

test('whoever was signed out from another device reads so on their next page, once, wherever they come in', async (t) => {
  for (const path of ['/account', '/', '/login', '/register', '/account/sessions?x=1']) {
    await t.test(path, async () => {
      await using both = await openBoth()
      const { portal, elsewhere, id } = both
      await elsewhere.submit('/account/sessions/end', { session: id })

      const news = await readNews(portal, path)

      assert.match(news ?? '', new RegExp(`^You were signed out ${WHEN} from Safari on iPhone\\.$`))
      assert.equal(await readNews(portal, '/login'), null)
    })
  }
})

test('each way in which a session ends has its words, and a device only where I ended it', async (t) => {
  const byBoss = async (portal: Portal, changes: object) => {
    const actor = await portal.services.repositories.users.findByEmail(boss.email)
    const user = await portal.services.repositories.users.findByEmail(ada.email)
    assert.ok(actor && user)
    const origin = { ip: '192.0.2.1', userAgent: 'Firefox/140.0 Windows', requestId: 'test' }
    await portal.services.users.change(user.id, changes, { actor, origin })
  }
  type Both = Awaited<ReturnType<typeof openBoth>>
  const ends: [reason: string, news: string, end: (both: Both) => Promise<unknown>][] = [
    [
      'others-signed-out',
      'You signed out all other devices WHEN from Safari on iPhone.',
      ({ elsewhere }) => elsewhere.submit('/account/sessions/end-others'),
    ],
    [
      'signed-out-everywhere',
      'You signed out everywhere WHEN from Safari on iPhone.',
      ({ elsewhere }) => elsewhere.submit('/account/sessions/end-all'),
    ],
    [
      'role-changed',
      'You were signed out because your role changed WHEN.',
      ({ portal }) => byBoss(portal, { role: 'admin' }),
    ],
    [
      'deactivated',
      'You were signed out because your account was deactivated WHEN.',
      ({ portal }) => byBoss(portal, { isActive: false }),
    ],
    [
      'everybody-out',
      'Everybody was signed out WHEN. Nothing is wrong with your account.',
      ({ portal }) => portal.services.everybodyOut({ ip: 'local', userAgent: '', requestId: 'test' }),
    ],
  ]
  for (const [reason, news, end] of ends) {
    await t.test(reason, async () => {
      await using both = await openBoth()
      const { portal, secret } = both
      await end(both)

      const { status, body } = await portal.client.get('/auth/me', secret)

      assert.deepEqual([status, body.code, body.reason], [401, 'session_ended', reason])
      assert.ok(Math.abs(Date.parse(body.ended_at) - Date.now()) < HOUR_MS)
      assert.equal(body.ended_by, news.includes('iPhone') ? 'Safari on iPhone' : undefined)
      assert.match((await readNews(portal, '/account')) ?? '', new RegExp(`^${news.replace('WHEN', WHEN)}$`))
    })
  }
})

test('after a day, and for a secret that nobody ever had, nothing is told', async () => {
  const clock = createTestClock()
  await using both = await openBoth({ clock, settings: { SESSION_REMEMBER: '30d', SESSION_ABSOLUTE: '30d' } })
  const { portal, elsewhere, id, secret } = both
  await elsewhere.submit('/account/sessions/end', { session: id })
  const ask = async (token: string) => (await portal.client.get('/auth/me', token)).body

  assert.equal((await ask(secret)).reason, 'signed-out-remotely')
  const { code, reason, detail } = await ask(`s_${'x'.repeat(64)}`)
  assert.deepEqual([code, reason], ['token_invalid', undefined])
  assert.doesNotMatch(detail, /signed out/)
  clock.forward(DAY_MS + HOUR_MS)
  const late = await ask(secret)
  assert.deepEqual([late.code, late.reason, late.ended_at], ['session_ended', undefined, undefined])
  assert.equal(await readNews(portal, '/account'), 'Your session has ended. Please sign in again.')
})

test('an end of which nobody wrote down why is told without a reason', async () => {
  await using both = await openBoth()
  const { portal, secret } = both
  await portal.database.session.updateMany({ data: { revokedAt: new Date() } })

  const { body } = await portal.client.get('/auth/me', secret)

  assert.deepEqual([body.code, body.reason], ['session_ended', undefined])
  assert.equal(await readNews(portal, '/account'), 'Your session has ended. Please sign in again.')
})

test('a token of an ended session tells nothing: only the secret does', async () => {
  await using both = await openBoth()
  const { portal, elsewhere, id, secret } = both
  const { body } = await portal.client.post('/auth/token', undefined, secret)
  await elsewhere.submit('/account/sessions/end', { session: id })

  const answer = await portal.client.get('/auth/me', body.access_token)

  assert.deepEqual([answer.body.code, answer.body.reason], ['session_ended', undefined])
})

test('while the database is away an ended session is refused all the same, without a reason', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signInAndVisit()
  await signOut(one, secret)
  other.sqlLine.refuse()

  const { status, body } = await other.client.get('/auth/me', secret)

  assert.deepEqual([status, body.code, body.reason], [401, 'session_ended', undefined])
})

test('of two proofs that were sent one after the other, the late one does not take the new secret away', async () => {
  await using both = await openBoth()
  const { visitor } = both.portal
  const form = { password: ada.password, return_to: '/account/profile' }
  const old = visitor.jar.get('session')
  await visitor.submit('/reauthenticate', form)
  const renewed = visitor.jar.get('session')
  assert.ok(old && renewed)

  visitor.plantCookie('session', old.value)
  const late = await visitor.submit('/reauthenticate', form)

  assert.ok(isAskedToSignIn(late))
  assert.doesNotMatch(String(late.headers['set-cookie']), /\bsession=/)
  visitor.plantCookie('session', renewed.value)
  assert.equal((await visitor.visit('/account')).status, 200)
})
