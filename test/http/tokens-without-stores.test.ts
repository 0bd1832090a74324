import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import type { Answer } from '../support/visitor.ts'
import { openWorkers, visit } from '../support/workers.ts'

const OFFLINE = 'account:read offline_access'
const settings = { PASSWORD_GRANT: 'on' }
const nobody = { ip: '', userAgent: '', requestId: '' }

async function openPrograms() {
  const workers = await openWorkers({ settings })
  const { client } = workers.one
  const program = createTokenProgram(workers.one)
  const { inForm } = await program.register()
  const session = await workers.signInAndVisit()
  const tokens = (await program.exchange(session, { ...inForm, scope: OFFLINE })).body
  const own = (await program.exchange(session, { scope: OFFLINE })).body
  const { access_token: alone } = (await program.exchange(session)).body

  /** Everything that a program asks for, in the order of a working day. */
  const askAll = async (): Promise<Record<string, Answer>> => ({
    'the session check by session': await client.get('/auth/me', session),
    'the session check by token': await client.get('/auth/me', tokens.access_token),
    'the exchange of a subject': await program.exchange(session),
    'the exchange of a bearer': await client.post('/auth/token', undefined, session),
    'the exchange for a refresh token': await program.exchange(session, { ...inForm, scope: OFFLINE }),
    'the password grant': await program.post('/auth/token', { username: ada.email, password: ada.password }),
    'the refresh by a client': await program.refresh(tokens.refresh_token, inForm),
    'the refresh in JSON': await client.post('/auth/refresh', { refresh_token: own.refresh_token }),
    'the introspection of a token with a family': await program.introspect(tokens.access_token, inForm),
    'the introspection of a token without': await program.introspect(alone, inForm),
    'the introspection of a refresh token': await program.introspect(tokens.refresh_token, inForm),
  })
  return {
    ...workers,
    session,
    tokens,
    program,
    inForm,
    askAll,
    [Symbol.asyncDispose]: () => workers[Symbol.asyncDispose](),
  }
}

/** "Later" is the only thing that an outage may say. */
function assertLater(name: string, { status, headers, body, text }: Answer) {
  assert.equal(status, 503, `${name}: ${status} ${text}`)
  assert.ok(Number(headers['retry-after']) >= 1, name)
  assert.equal(body.error ?? body.code, 'temporarily_unavailable', name)
  assert.equal(headers['cache-control'], 'no-store', name)
}

for (const silence of ['refuse', 'blackHole'] as const) {
  const what = silence === 'refuse' ? 'is gone' : 'does not answer'

  test(`while the database ${what}, programs are told to come back, and lose nothing by having asked`, async () => {
    await using world = await openPrograms()
    const { one, program, tokens, inForm, session } = world
    one.sqlLine[silence]()

    const answers = Object.entries(await world.askAll())
    for (const [name, answer] of answers) if (answer.status !== 200) assertLater(name, answer)
    const answered = answers.filter(([, { status }]) => status === 200).map(([name]) => name)
    assert.deepEqual(
      answered.filter((name) => /refresh|password|family/.test(name)),
      [],
    )
    for (const [, { body }] of answers) assert.notEqual(body.active, false)
    assertLater('giving back', await program.revoke(tokens.refresh_token, inForm))

    one.sqlLine.pass()
    while ((await program.refresh(tokens.refresh_token, inForm)).status === 503);
    assert.equal((await program.introspect(tokens.access_token, inForm)).body.active, true)
    assert.equal(await visit(one, session), 'welcome')
  }) // S2

  test(`while Redis ${what}, programs notice nothing`, async () => {
    await using world = await openPrograms()
    world.one.redisLine[silence]()
    for (const [name, { status, text, body }] of Object.entries(await world.askAll())) {
      assert.equal(status, 200, `${name}: ${status} ${text}`)
      // Its refresh token was used before it is asked about.
      if ('active' in body) assert.equal(body.active, !name.endsWith('of a refresh token'))
    }
  }) // S1
}

test('when neither can be asked, nobody is told that a token is worth nothing', async () => {
  await using world = await openPrograms()
  world.one.sqlLine.refuse()
  world.one.redisLine.refuse()
  for (const [name, answer] of Object.entries(await world.askAll())) assertLater(name, answer)
})

test('a token signed with a key too new to be known here is not called invalid while the key cannot be looked up', async () => {
  await using world = await openPrograms()
  const { one, other, session, clock, program, inForm } = world
  one.sqlLine.refuse()
  await other.services.signingKeys.rotate({ immediately: true, origin: nobody })
  const { body } = await createTokenProgram(other).exchange(session)
  assert.equal(await visit(other, body.access_token), 'welcome')

  for (let again = 0; again < 2; again++)
    assertLater('the check', await one.client.get('/auth/me', body.access_token))
  assertLater('the introspection', await program.introspect(body.access_token, inForm))

  one.sqlLine.pass()
  clock.forward(6_000)
  while ((await visit(one, body.access_token)).startsWith('503')) clock.forward(6_000)
  assert.equal(await visit(one, body.access_token), 'welcome')
})
