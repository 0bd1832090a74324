import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { SCOPES, type Scope } from '../../src/domain/access-token/scope.ts'
import { listRequests, withGoogle } from '../support/addresses.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { isAskedToSignIn } from '../support/sign-in.ts'
import { behindProxy, nextAddress } from '../support/strangers.ts'

type Who = 'everybody' | 'members' | 'admins'
type Rule = { who: Who; scope?: Scope }

const everybody: Rule = { who: 'everybody' }
const members = (scope?: Scope): Rule => ({ who: 'members', scope })
const admins = (scope?: Scope): Rule => ({ who: 'admins', scope })

/** Who may, at every address there is: one that is not named here is a mistake. */
const rules: Record<string, Rule> = {
  'GET /': everybody,
  'GET /login': everybody,
  'POST /login': everybody,
  'GET /logout': everybody,
  'POST /logout': everybody,
  'GET /register': everybody,
  'POST /register': everybody,
  'GET /registered': everybody,
  'GET /verify-email': everybody,
  'POST /verify-email': everybody,
  'POST /verify-email/code': everybody,
  'POST /verify-email/resend': everybody,
  'GET /forgot-password': everybody,
  'POST /forgot-password': everybody,
  'GET /forgot-password/sent': everybody,
  'GET /reset-password': everybody,
  'POST /reset-password': everybody,
  'GET /not-me': everybody,
  'POST /not-me': everybody,
  'POST /auth/oauth/google': everybody,
  'GET /auth/oauth/google': everybody,
  'GET /auth/oauth/google/callback': everybody,
  'GET /health': everybody,
  'GET /health/live': everybody,
  'GET /health/ready': everybody,
  'GET /dev/mailbox': everybody,
  'GET /dev/mailbox/:id': everybody,
  'GET /dev/mailbox/:id/html': everybody,
  'GET /dev/mailbox/previews': everybody,
  'GET /dev/mailbox/previews/:reader/:mail': everybody,
  'GET /dev/mailbox/previews/:reader/:mail/html': everybody,
  'GET /docs': everybody,
  'GET /openapi.json': everybody,
  'GET /.well-known/jwks.json': everybody,
  'GET /.well-known/oauth-authorization-server': everybody,
  'POST /auth/token': everybody,
  'POST /auth/refresh': everybody,
  'POST /auth/revoke': everybody,
  'POST /auth/introspect': everybody,
  'POST /auth/login': everybody,
  'POST /auth/register': everybody,
  'POST /auth/verify-email': everybody,
  'POST /auth/resend-verification': everybody,
  'POST /auth/forgot-password': everybody,
  'POST /auth/reset-password': everybody,
  'POST /auth/not-me': everybody,
  'GET /auth/oauth/google/reauthenticate': everybody,
  'POST /auth/oauth/google/reauthenticate': members(),
  'GET /auth/oauth/google/link': everybody,
  'POST /auth/oauth/google/link': members(),
  'GET /reauthenticate': members(),
  'POST /reauthenticate': members(),
  'POST /auth/reauthenticate': members(),
  'GET /account': members(),
  'GET /account/data': members(),
  'GET /account/data/download': members(),
  'GET /account/data/delete': members(),
  'POST /account/data/delete': members(),
  'POST /account/data/keep': members(),
  'GET /account/data/keep': everybody,
  'GET /account/identities': members(),
  'POST /account/identities/unlink': members(),
  'GET /account/identities/unlink': everybody,
  'GET /account/sessions': members(),
  'GET /account/sessions/:button': everybody,
  'POST /account/sessions/end': members(),
  'POST /account/sessions/end-tokens': members(),
  'POST /account/sessions/end-others': members(),
  'POST /account/sessions/end-all': members(),
  'GET /account/history': members(),
  'GET /account/password': members(),
  'POST /account/password': members(),
  'POST /auth/change-password': members(),
  'GET /account/email': members(),
  'POST /account/email': members(),
  'POST /account/email/code': members(),
  'GET /account/email/code': everybody,
  'GET /account/email/confirm': members(),
  'POST /account/email/confirm': members(),
  'POST /account/email/cancel': members(),
  'GET /account/email/cancel': everybody,
  'GET /undo-email-change': everybody,
  'POST /undo-email-change': everybody,
  'POST /auth/change-email': members(),
  'POST /auth/change-email/confirm': members(),
  'DELETE /auth/change-email': members(),
  'POST /auth/undo-email-change': everybody,
  'GET /admin': admins(),
  'GET /account/profile': members(),
  'POST /account/profile': members(),
  'GET /auth/me': members('account:read'),
  'POST /auth/logout': members('account:write'),
  'POST /auth/logout-all': members('account:write'),
  'POST /auth/logout-others': members('account:write'),
  'GET /auth/sessions': members('account:read'),
  'GET /auth/data': members('account:read'),
  'POST /auth/deletion': members('account:write'),
  'DELETE /auth/deletion': members('account:write'),
  'GET /auth/history': members('account:read'),
  'GET /auth/identities': members('account:read'),
  'DELETE /auth/identities/:provider': members('account:write'),
  'DELETE /auth/sessions/:id': members('account:write'),
  'DELETE /auth/sessions/:id/tokens/:family_id': members('account:write'),
  'GET /users/me': members('account:read'),
  'PATCH /users/me': members('account:write'),
  'PUT /users/me': members('account:write'),
  'GET /users/:id': members('users:read'),
  'GET /users': admins('users:read'),
  'POST /users': admins('users:write'),
  'PATCH /users/:id': admins('users:write'),
  'PUT /users/:id': admins('users:write'),
  'DELETE /users/:id': admins('users:write'),
}

/** What signs a member out. */
const leaving = ['/account/sessions/end-all', '/account/data/delete']
const boss = { ...grace, role: 'admin' } satisfies Person
const people: Record<'visitor' | 'member' | 'admin', Person | null> = {
  visitor: null,
  member: ada,
  admin: boss,
}
const mayPass: Record<Who, string[]> = {
  everybody: Object.keys(people),
  members: ['member', 'admin'],
  admins: ['admin'],
}
const settings = { ...withGoogle, ...behindProxy }

test('every address has its rule, and every rule its address', async () => {
  await using portal = await openPortal({ settings })

  assert.deepEqual(listRequests(portal), Object.keys(rules).toSorted())
})

test('everybody gets as far as the rule of an address says, and no further', async (t) => {
  await using portal = await openPortal({ people: [ada, boss], settings })

  for (const [request, { who }] of Object.entries(rules)) {
    await t.test(request, async () => {
      for (const [name, person] of Object.entries(people)) {
        const expected = mayPass[who].includes(name) ? 'may' : person ? 'may not' : 'signs in first'
        for (const prefix of isApi(request) ? ['', '/api/v1'] : [''])
          assert.equal(await tryAs(portal, person, { request, prefix }), expected, name)
      }
    })
  }
}) // AUT-01

test('a token opens what its scope names, also to an administrator, and nothing else', async (t) => {
  await using portal = await openPortal({ people: [boss], settings })
  const { id } = await signIn(portal, boss)

  for (const [request, { scope }] of Object.entries(rules)) {
    if (!scope) continue
    await t.test(request, async () => {
      const others = SCOPES.filter((each) => each !== scope)
      const refused = await (await openProgram(portal, others))(request)
      const taken = await (await openProgram(portal, [scope]))(request)

      assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden'])
      assert.equal(refused.headers['www-authenticate'], `Bearer error="insufficient_scope", scope="${scope}"`)
      assert.notEqual(taken.status, 403)
    })
  }
  const ask = await openProgram(portal, ['account:read'])
  assert.equal((await ask(`GET /users/${id}`)).status, 200)
  assert.equal((await ask(`GET /users/${randomUUID()}`)).status, 403)
}) // AUT-01

function isApi(request: string): boolean {
  return / \/(auth\/(?!oauth)|users)/.test(request)
}

async function signIn({ client }: Pick<Portal, 'client'>, { email, password }: Person) {
  const sent = client.portal.post('/auth/login').send({ login: email, password })
  const { body } = await client.send(sent, { 'x-forwarded-for': nextAddress() })
  return { secret: body.session.id as string, id: body.user.id as string }
}

async function tryAs(portal: Portal, person: Person | null, to: { request: string; prefix: string }) {
  const [method = '', path = ''] = to.request.split(' ')
  const visitor = portal.openVisitor({ 'x-forwarded-for': nextAddress(), 'sec-fetch-site': 'same-origin' })
  if (person) await visitor.submit('/login', { login: person.email, password: person.password ?? '' })
  const address = to.prefix + path.replaceAll(/:\w+/g, '1')
  const answer = await visitor.request(method.toLowerCase() as 'get', address)
  const { status, headers, body } = answer
  const isLeaving = path === '/logout' || (person && leaving.includes(path))
  const isSentToSignIn = status === 303 && !isLeaving && /^\/login\?return_to=/.test(String(headers.location))
  if (isSentToSignIn || isAskedToSignIn(answer) || body.code === 'authentication_required')
    return 'signs in first'
  return status === 403 ? 'may not' : 'may'
}

/** A program with a token of these scopes, from a session of its own. */
async function openProgram({ client, services }: Portal, scopes: Scope[]) {
  const { secret, id } = await signIn({ client }, boss)
  const { state, member } = await services.sessions.check(secret)
  assert.ok(state === 'live')
  const { token } = await services.accessTokens.mint({
    subject: id,
    role: member.user.role,
    sessionId: member.session.id,
    authenticatedAt: new Date(member.session.authenticatedAt),
    clientId: 'a-program',
    scopes,
    familyId: null,
  })
  return (request: string) => {
    const [method = '', path = ''] = request.split(' ')
    return client.call(method.toLowerCase() as 'get', path.replaceAll(/:\w+/g, '1'), token)
  }
}
