import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeProtectedHeader } from 'jose'
import { createTestClock } from '../../support/clock.ts'
import { openCuttableDatabase } from '../../support/cuttable-database.ts'
import { ada } from '../../support/people.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { type OpenStore, stores } from '../../support/stores.ts'
import { createTokenProgram } from '../../support/token-endpoint.ts'
import { visit } from '../../support/workers.ts'

const origin = { ip: '127.0.0.1', userAgent: 'gatehouse keys', requestId: 'a-command' }
const MINUTE_MS = 60_000

const houses: { name: string; open(): Promise<OpenStore>; withRedis: boolean }[] = [
  ...stores.map((store) => ({ ...store, withRedis: true })),
  ...stores.slice(2).map(({ open }) => ({ name: 'PostgreSQL alone', open, withRedis: false })),
]

async function signIn({ client }: Portal): Promise<string> {
  const answer = await client.post('/auth/login', { login: ada.email, password: ada.password })
  return answer.body.session.id
}

async function exchange(portal: Portal, session: string): Promise<string> {
  const { status, body } = await createTokenProgram(portal).exchange(session)
  assert.equal(status, 200, JSON.stringify(body))
  return body.access_token
}

const signerOf = (token: string) => String(decodeProtectedHeader(token).kid)

for (const { name, open, withRedis } of houses) {
  test(`a key that somebody stole is void in every running process when the command answers (${name})`, async () => {
    await using store = await open()
    const { REDIS_URL, ...settings } = { ...store.settings, BASE_URL: 'http://portal.test' }
    const shared = { ...settings, ...(withRedis && REDIS_URL && { REDIS_URL }) }
    await using one = await openPortal({ people: [ada], settings: shared })
    await using other = await openPortal({ settings: shared })
    const session = await signIn(other)
    const given = [await exchange(other, session)]
    assert.equal(await visit(other, String(given[0])), 'welcome')

    let isAnswered = false
    const rotating = one.services.signingKeys.rotate({ origin, immediately: true }).finally(() => {
      isAnswered = true
    })
    while (!isAnswered) given.push(await exchange(other, session))
    const rotated = await rotating
    const late = await exchange(other, session)

    assert.ok('key' in rotated)
    assert.equal(signerOf(late), rotated.key.id)
    const stolen = given.filter((token) => signerOf(token) !== rotated.key.id)
    assert.ok(stolen.length > 0)
    for (const portal of [other, one]) {
      for (const token of stolen) assert.equal(await visit(portal, token), '401 token_invalid')
      assert.equal(await visit(portal, late), 'welcome')
      const { body } = await portal.client.get('/.well-known/jwks.json')
      assert.deepEqual(
        body.keys.map(({ kid }: { kid: string }) => kid),
        [rotated.key.id],
      )
    }
  })
}

for (const [stale, afterMinute] of [
  ['on', 'signs'],
  ['off', 'temporarily_unavailable'],
] as const) {
  const howLong = stale === 'on' ? 'for a quarter of an hour' : 'for no longer than their lease'
  test(`a process that cannot reach the database goes on with the keys it knows ${howLong}`, async () => {
    await using sql = await openCuttableDatabase()
    const clock = createTestClock()
    await using portal = await openPortal({
      settings: { ...sql.settings, SESSION_STALE_IF_SQL_DOWN: stale },
      clock,
    })
    const sign = () =>
      portal.services.signingKeys.signer().then(
        () => 'signs',
        ({ code }) => code,
      )
    assert.equal(await sign(), 'signs')

    sql.cutOff.refuse()
    clock.forward(MINUTE_MS)
    assert.equal(await sign(), afterMinute)
    clock.forward(15 * MINUTE_MS)
    assert.equal(await sign(), 'temporarily_unavailable')
    sql.cutOff.pass()
    while ((await sign()) !== 'signs') await new Promise(setImmediate)
  })
}
