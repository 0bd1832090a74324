import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SCOPES, type Scope } from '../../src/domain/access-token/scope.ts'
import { listRequests, withGoogle } from '../support/addresses.ts'
import { openTokens, signIn } from '../support/api-requests.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { behindProxy, nextAddress } from '../support/strangers.ts'

const boss = { ...grace, role: 'admin' } satisfies Person
const settings = { ...withGoogle, ...behindProxy, REGISTRATION: 'open' }

/** All that a token can end, and what its scope must name for it. */
const ENDS: Record<string, Scope> = {
  'POST /auth/logout': 'account:write',
  'POST /auth/logout-all': 'account:write',
}

for (const scope of SCOPES) {
  test(`whatever is done with a token for ${scope}, its session ends only where it says so`, async (t) => {
    await using portal = await openPortal({ people: [ada, boss], settings })
    const requests = listRequests(portal)
    assert.ok(requests.length > 40)
    const isLive = async (secret: string) => (await portal.services.sessions.check(secret)).state === 'live'
    let session = ''
    let token = ''

    for (const request of requests) {
      await t.test(request, async () => {
        for (const prefix of / \/(auth\/(?!oauth)|users)/.test(request) ? ['', '/api/v1'] : ['']) {
          if (!(await isLive(session))) {
            session = await signIn(portal, boss)
            token = (await openTokens(portal, { session, scope })).access_token
          }

          await ask(portal, { request, prefix, token })

          assert.equal(await isLive(session), ENDS[request] !== scope)
        }
      })
    }
  })
}

test('signing in, registering or confirming with a session of my own puts the new one in its place', async () => {
  await using portal = await openPortal({ people: [ada, boss], settings })
  for (const request of ['POST /auth/login', 'POST /auth/register', 'POST /auth/verify-email']) {
    const session = await signIn(portal, boss)

    const answer = await ask(portal, { request, prefix: '', token: session })

    assert.ok(answer.body.session.id)
    assert.equal((await portal.services.sessions.check(session)).state, 'ended', request)
  }
})

/** With all that the address needs to begin a session, where it can. */
async function ask(
  portal: Portal,
  { request, prefix, token }: { request: string; prefix: string; token: string },
) {
  const { client } = portal
  const [method = '', path = ''] = request.split(' ')
  const isPage = !/^\/(auth\/(?!oauth)|users)/.test(path)
  const call = client.portal[method.toLowerCase() as 'post'](prefix + path.replaceAll(/:\w+/g, '1'))
  if (method !== 'GET') call.type(isPage ? 'form' : 'json').send(await toFields(portal, path))
  return client.send(call, { authorization: `Bearer ${token}`, 'x-forwarded-for': nextAddress() })
}

async function toFields({ client, linkMailedTo }: Portal, path: string) {
  const [email, { password }] = [`${nextAddress()}@example.com`, ada]
  if (path.endsWith('/login')) return { login: ada.email, password }
  if (!path.endsWith('/verify-email')) return { email, password }
  const registration = client.portal.post('/auth/register').send({ email, password })
  await client.send(registration, { 'x-forwarded-for': nextAddress() })
  return { token: (await linkMailedTo(email)).split('=').at(-1), password }
}
