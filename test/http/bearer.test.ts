import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXAMPLE_ACCESS_TOKEN, EXAMPLE_REFRESH_TOKEN } from '../../src/domain/examples.ts'
import { listAddresses } from '../support/addresses.ts'
import { createTestClock } from '../support/clock.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { request } from '../support/raw-request.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'

test('a request with Authorization is identified by that alone, never by the cookie beside it', async () => {
  await using portal = await openPortal({ people: [ada, grace] })
  const program = createTokenProgram(portal)
  const session = await program.signIn(grace)
  const { body } = await program.exchange(session)
  await portal.visitor.submit('/login', { login: ada.email, password: ada.password })
  const ask = (authorization: string) =>
    portal.visitor.visit('/auth/me', { authorization, accept: 'application/json' })

  for (const secret of [session, body.access_token])
    assert.equal((await ask(`Bearer ${secret}`)).body.user.email, grace.email)
  for (const wrong of ['Bearer nonsense', `Bearer ${body.access_token}x`, 'Basic YTpi', 'Bearer'])
    assert.equal((await ask(wrong)).status, 401)
}) // SES-20

test('a token is read from the header in the one form that there is', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { body } = await program.exchange(await program.signIn())
  const token: string = body.access_token
  const ask = async (authorization: string | string[]) =>
    (await request({ port: portal.port, path: '/auth/me', headers: { ...portal.host, authorization } }))
      .status

  for (const scheme of ['Bearer', 'bearer', 'BEARER']) assert.equal(await ask(`${scheme} ${token}`), 200)
  const others = [
    token,
    `Token ${token}`,
    `Bearer  ${token} ${token}`,
    `Bearer,${token}`,
    `Bearer "${token}"`,
  ]
  for (const other of others) assert.equal(await ask(other), 401)
  assert.equal(await ask([`Bearer ${token}`, `Bearer ${token}`]), 400)

  assert.equal((await portal.client.get(`/auth/me?access_token=${token}`)).status, 401)
  const inBody = await portal.client.send(
    portal.client.portal.post('/auth/logout-all').type('form').send({ access_token: token }),
  )
  assert.equal(inBody.status, 401)
}) // SES-21

test('a refusal says what was wrong with the token, and nothing when there was none', async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], clock })
  const program = createTokenProgram(portal)
  const { body } = await program.exchange(await program.signIn(), { scope: 'account:write' })
  const ask = async (token?: string) => {
    const { status, headers, body: problem } = await portal.client.get('/auth/me', token)
    return [status, problem.code, headers['www-authenticate']]
  }

  assert.deepEqual(await ask(), [401, 'authentication_required', 'Bearer'])
  assert.deepEqual(await ask('eyJ.eyJ.x'), [401, 'token_invalid', 'Bearer error="invalid_token"'])
  const tooLittle = 'Bearer error="insufficient_scope", scope="account:read"'
  assert.deepEqual(await ask(body.access_token), [403, 'forbidden', tooLittle])
  const { body: problem } = await portal.client.get('/auth/me', body.access_token)
  assert.equal(problem.detail, 'This needs a token whose scope names account:read.')
  clock.forward(11 * 60_000)
  assert.deepEqual(await ask(body.access_token), [401, 'token_expired', 'Bearer error="invalid_token"'])
}) // TOK-22

test('an access token opens the API but no page', async () => {
  await using portal = await openPortal({ people: [ada] })
  const program = createTokenProgram(portal)
  const { body } = await program.exchange(await program.signIn())
  const headers = { ...portal.host, authorization: `Bearer ${body.access_token}`, accept: 'text/html' }
  const page = await request({ port: portal.port, path: '/account', headers })
  assert.deepEqual([page.status, page.headers.location], [303, '/login?return_to=%2Faccount'])
})

test('no page ever holds a token, whoever looks at it and however they came there', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  const seen = new Set<string>()
  const found: string[] = []
  // /docs shows what tokens look like.
  const examples = [EXAMPLE_ACCESS_TOKEN, EXAMPLE_REFRESH_TOKEN]

  async function crawl(path: string): Promise<void> {
    if (seen.has(path)) return
    seen.add(path)
    const answer = await visitor.visit(path)
    const text = answer.text ?? ''
    const everything = examples.reduce(
      (rest, example) => rest.replaceAll(example, ''),
      `${JSON.stringify(answer.headers)} ${text}`,
    )
    if (/eyJ[\w-]{10,}\.|\br_[\w-]{64}/.test(everything)) found.push(path)
    const links = [...text.matchAll(/(?:href|action|src)="(\/[^"#]*)"/g)].map(([, link]) => String(link))
    const next = answer.headers.location?.startsWith('/') ? [answer.headers.location, ...links] : links
    for (const each of next) await crawl(each.replaceAll('&amp;', '&'))
  }

  const pages = listAddresses(portal).filter(({ isApi, methods }) => !isApi && methods.includes('GET'))
  async function crawlAll() {
    seen.clear()
    for (const path of ['/', ...pages.map((page) => page.path)]) await crawl(path)
  }

  await crawlAll()
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  const program = createTokenProgram(portal)
  const { refresh } = await program.openTokens()
  // A mail about tokens, which the mailbox shows on a page.
  await program.refresh((await program.refresh(refresh)).body.refresh_token)
  await program.refresh(refresh)
  await crawlAll()

  assert.ok(seen.has('/account') && seen.has('/logout') && seen.has('/docs'), [...seen].join(' '))
  assert.ok([...seen].filter((path) => /^\/dev\/mailbox\/[\w-]{2,}$/.test(path)).length > 0)
  assert.deepEqual(found, [])
})
