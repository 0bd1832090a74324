import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { behindProxy, nextAddress } from '../support/strangers.ts'
import { createTokenProgram, EXCHANGE, SESSION } from '../support/token-endpoint.ts'
import { isSomebodyWaiting, openWorkers, visit, type Worker } from '../support/workers.ts'

const OFFLINE = 'account:read offline_access'
const ROUNDS = 3
const ENOUGH_TOKENS = 12

type Program = ReturnType<typeof createTokenProgram>

async function signIn({ client }: Worker): Promise<string> {
  const sent = client.portal.post('/auth/login').send({ login: ada.email, password: ada.password })
  return (await client.send(sent, { 'x-forwarded-for': nextAddress() })).body.session.id
}

test('nothing given before "everywhere out" is answered works after it, whatever raced with it in whichever process', async () => {
  await using workers = await openWorkers({ settings: behindProxy })
  const { one, other } = workers
  const programs: [Program, Program] = [createTokenProgram(one), createTokenProgram(other)]
  const { inForm } = await programs[0].register()

  for (let round = 0; round < ROUNDS; round++) {
    const sessions = [await signIn(one), await signIn(other)]
    const given = { access: [] as string[], refresh: [] as string[] }
    let isAnswered = false
    const enough = Promise.withResolvers<void>()

    /** What it gave, or null when everybody was out already. */
    async function ask(answering: ReturnType<Program['exchange']>): Promise<string | null> {
      const { status, body } = await answering
      assert.ok([200, 400, 401].includes(status), `${status} ${body.error}`)
      if (status !== 200) return null
      given.access.push(body.access_token)
      given.refresh.push(body.refresh_token)
      if (given.refresh.length === ENOUGH_TOKENS) enough.resolve()
      return body.refresh_token
    }

    async function keepExchanging(program: Program, session: string) {
      const form = { scope: OFFLINE, ...inForm }
      while ((await ask(program.exchange(session, form))) && !isAnswered);
    }

    async function keepRefreshing(program: Program, session: string) {
      let token = await ask(program.exchange(session, { scope: OFFLINE, ...inForm }))
      while (token && !isAnswered) token = await ask(program.refresh(token, inForm))
    }

    const racing = sessions.flatMap((session) =>
      programs.flatMap((program) => [keepExchanging(program, session), keepRefreshing(program, session)]),
    )
    await enough.promise
    const everywhereOut = await one.client.post('/auth/logout-all', undefined, sessions[0])
    isAnswered = true
    assert.equal(everywhereOut.status, 204)
    await Promise.all(racing)

    for (const worker of [one, other])
      for (const secret of [...sessions, ...given.access])
        assert.equal(await visit(worker, secret), '401 session_ended')
    for (const [index, token] of given.refresh.entries()) {
      const program = programs[index % 2 === 0 ? 0 : 1]
      assert.deepEqual((await program.introspect(token, inForm)).body, { active: false })
      assert.equal((await program.refresh(token, inForm)).body.error, 'invalid_grant')
    }
    for (const token of given.access)
      assert.deepEqual((await programs[1].introspect(token, inForm)).body, { active: false })
    for (const session of sessions) assert.equal((await programs[1].exchange(session)).status, 400)
  }
}) // K3

test('an exchange that everything ends under is told that the session has ended, in the words of how it was sent', async () => {
  await using workers = await openWorkers({ settings: behindProxy })
  const { one, other } = workers
  const form = { grant_type: EXCHANGE, scope: OFFLINE }
  const exchanges: [(session: string) => ReturnType<Program['exchange']>, status: number, error: string][] = [
    [
      (session) =>
        createTokenProgram(other).post('/auth/token', {
          ...form,
          subject_token: session,
          subject_token_type: SESSION,
        }),
      400,
      'invalid_request',
    ],
    [
      (session) =>
        createTokenProgram(other).post('/auth/token', form, { authorization: `Bearer ${session}` }),
      401,
      'invalid_token',
    ],
  ]
  for (const [exchange, status, error] of exchanges) {
    const session = await signIn(one)
    await visit(other, session)
    const isAlmostDone = one.sqlLine.holdFrom(/COMMIT/)
    const endingAll = one.client.post('/auth/logout-all', undefined, session).then((answer) => answer.status)
    await isAlmostDone
    let isTooEarly = false
    const late = exchange(session).finally(() => {
      isTooEarly = true
    })
    while (!isTooEarly && !(await isSomebodyWaiting(other))) await new Promise(setImmediate)
    one.sqlLine.release()

    const answer = await late
    assert.deepEqual([answer.status, answer.body.error], [status, error])
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.equal(await endingAll, 204)
  }
  assert.equal(await one.database.tokenFamily.count(), 0)
}) // K3
