import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { SCOPES, type Scope } from '../../src/domain/access-token/scope.ts'
import { listRequests, withGoogle } from '../support/addresses.ts'
import { letProofsAge } from '../support/freshness.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { isAskedToSignIn } from '../support/sign-in.ts'
import { behindProxy, nextAddress } from '../support/strangers.ts'
import type { Answer } from '../support/visitor.ts'

type Fate = 'may' | 'may not' | 'signs in' | 'confirms' | 'proves it'
type Caller = { person: Person | null; isFresh?: boolean; isDeactivated?: boolean }
type Rule = { who: keyof typeof fates; scope?: Scope }

const everybody: Rule = { who: 'everybody' }
const signedIn = (scope?: Scope): Rule => ({ who: 'signed in', scope })
const freshSignedIn = (scope?: Scope): Rule => ({ who: 'fresh signed in', scope })
const members = (scope?: Scope): Rule => ({ who: 'members', scope })
const freshMembers = (scope?: Scope): Rule => ({ who: 'fresh members', scope })
const admins = (scope?: Scope): Rule => ({ who: 'admins', scope })
const freshAdmins = (scope?: Scope): Rule => ({ who: 'fresh admins', scope })

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
  'POST /auth/token': { who: 'exchangers' },
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
  'POST /auth/oauth/google/reauthenticate': signedIn(),
  'GET /auth/oauth/google/link': everybody,
  'POST /auth/oauth/google/link': freshMembers(),
  'GET /reauthenticate': signedIn(),
  'POST /reauthenticate': signedIn(),
  'POST /auth/reauthenticate': signedIn(),
  'GET /account': members(),
  'GET /account/data': members(),
  'GET /account/data/download': freshMembers(),
  'GET /account/data/delete': members(),
  'POST /account/data/delete': freshMembers(),
  'POST /account/data/keep': members(),
  'GET /account/data/keep': everybody,
  'GET /account/identities': members(),
  'POST /account/identities/unlink': freshMembers(),
  'GET /account/identities/unlink': everybody,
  'GET /account/sessions': signedIn(),
  'GET /account/sessions/:button': everybody,
  'POST /account/sessions/end': signedIn(),
  'POST /account/sessions/end-tokens': signedIn(),
  'POST /account/sessions/end-others': freshSignedIn(),
  'POST /account/sessions/end-all': freshSignedIn(),
  'GET /account/history': members(),
  'GET /account/password': members(),
  'POST /account/password': members(),
  'POST /auth/change-password': members(),
  'GET /account/email': members(),
  'POST /account/email': freshMembers(),
  'POST /account/email/code': members(),
  'GET /account/email/code': everybody,
  'GET /account/email/confirm': members(),
  'POST /account/email/confirm': members(),
  'POST /account/email/cancel': members(),
  'GET /account/email/cancel': everybody,
  'GET /undo-email-change': everybody,
  'POST /undo-email-change': everybody,
  'POST /auth/change-email': freshMembers(),
  'POST /auth/change-email/confirm': members(),
  'DELETE /auth/change-email': members(),
  'POST /auth/undo-email-change': everybody,
  'GET /admin': admins(),
  'GET /admin/audit': admins(),
  'GET /admin/mail': admins(),
  'GET /admin/mail/:button': everybody,
  'POST /admin/mail/retry': freshAdmins(),
  'POST /admin/mail/cancel': freshAdmins(),
  'GET /api/v1/admin/audit': admins('audit:read'),
  'GET /admin/audit/export': freshAdmins(),
  'GET /admin/users': admins(),
  'GET /admin/users/export': freshAdmins(),
  'GET /admin/users/new': admins(),
  'POST /admin/users/new': freshAdmins(),
  'GET /admin/users/:id': admins(),
  'GET /admin/users/:id/history': admins(),
  'GET /admin/users/:id/edit': admins(),
  'POST /admin/users/:id/edit': admins(),
  'GET /admin/users/:id/deactivate': admins(),
  'POST /admin/users/:id/deactivate': freshAdmins(),
  'POST /admin/users/:id/role': freshAdmins(),
  'POST /admin/users/:id/reactivate': freshAdmins(),
  'POST /admin/users/:id/end-sessions': freshAdmins(),
  'POST /admin/users/:id/end-session': freshAdmins(),
  'POST /admin/users/:id/send-link': freshAdmins(),
  'GET /admin/users/:id/:button': everybody,
  'GET /api/v1/admin/status': admins('users:read'),
  'GET /account/profile': members(),
  'POST /account/profile': members(),
  'GET /auth/me': members('account:read'),
  'POST /auth/logout': signedIn('account:write'),
  'POST /auth/logout-all': freshSignedIn('account:write'),
  'POST /auth/logout-others': freshSignedIn('account:write'),
  'GET /auth/sessions': signedIn('account:read'),
  'GET /auth/data': freshMembers('account:read'),
  'POST /auth/deletion': freshMembers('account:write'),
  'DELETE /auth/deletion': members('account:write'),
  'GET /auth/history': signedIn('account:read'),
  'GET /auth/identities': members('account:read'),
  'DELETE /auth/identities/:provider': freshMembers('account:write'),
  'DELETE /auth/sessions/:id': signedIn('account:write'),
  'DELETE /auth/sessions/:id/tokens/:family_id': signedIn('account:write'),
  'GET /users/me': members('account:read'),
  'PATCH /users/me': members('account:write'),
  'PUT /users/me': members('account:write'),
  'GET /users/:id': members('users:read'),
  'GET /users': admins('users:read'),
  'POST /users': admins('users:write'),
  'PATCH /users/:id': admins('users:write'),
  'PUT /users/:id': admins('users:write'),
  'DELETE /users/:id': freshAdmins('users:write'),
}

const boss = { ...grace, role: 'admin' } satisfies Person
const callers: Record<string, Caller> = {
  visitor: { person: null },
  deactivated: { person: { ...ada, email: 'gone@example.com', username: 'gone' }, isDeactivated: true },
  unverified: { person: { ...ada, email: 'new@example.com', username: 'new', isVerified: false } },
  member: { person: ada },
  'fresh member': { person: { ...ada, email: 'fresh@example.com', username: 'fresh' }, isFresh: true },
  admin: { person: boss },
  'fresh admin': { person: { ...boss, email: 'keen@example.com', username: 'keen' }, isFresh: true },
}

/** What each of them meets, in this order. Those who sign in, confirm their email or prove who they are then go on. */
const fates = {
  everybody: ['may', 'may', 'may', 'may', 'may', 'may', 'may'],
  exchangers: ['may', 'may', 'may not', 'may', 'may', 'may', 'may'],
  'signed in': ['signs in', 'signs in', 'may', 'may', 'may', 'may', 'may'],
  'fresh signed in': ['signs in', 'signs in', 'proves it', 'proves it', 'may', 'proves it', 'may'],
  members: ['signs in', 'signs in', 'confirms', 'may', 'may', 'may', 'may'],
  'fresh members': ['signs in', 'signs in', 'confirms', 'proves it', 'may', 'proves it', 'may'],
  admins: ['signs in', 'signs in', 'confirms', 'may not', 'may not', 'may', 'may'],
  'fresh admins': ['signs in', 'signs in', 'confirms', 'may not', 'may not', 'proves it', 'may'],
} satisfies Record<string, Fate[]>

/** Where everybody is led on to /verify-email. */
const leadingOn = ['GET /registered']
/** An account may be used at once, for what needs no proof of its address. */
const settings = { ...withGoogle, ...behindProxy, REGISTRATION: 'open' }

test('every address has its rule, and every rule its address', async () => {
  await using portal = await openPortal({ settings })

  assert.deepEqual(listRequests(portal), Object.keys(rules).toSorted())
})

test('everybody gets as far as the rule of an address says, and no further', async (t) => {
  await using portal = await openPortal({ settings })
  const seats = await Promise.all(Object.values(callers).map((caller) => openSeat(portal, caller)))

  for (const [request, { who }] of Object.entries(rules)) {
    await t.test(request, async () => {
      for (const prefix of isApi(request) ? ['', '/api/v1'] : ['']) {
        const met: Fate[] = []
        for (const ask of seats) met.push(await ask(request, prefix))
        assert.deepEqual(byCaller(met), byCaller(fates[who]))
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

function byCaller(met: Fate[]) {
  return Object.fromEntries(Object.keys(callers).map((caller, index) => [caller, met[index]]))
}

async function signIn({ client }: Pick<Portal, 'client'>, { email, password }: Person) {
  const sent = client.portal.post('/auth/login').send({ login: email, password })
  const { body } = await client.send(sent, { 'x-forwarded-for': nextAddress() })
  return { secret: body.session.id as string, id: body.user.id as string }
}

/** A browser of this caller, who signs in again after whatever signed them out. */
async function openSeat(portal: Portal, { person, isFresh = false, isDeactivated = false }: Caller) {
  const visitor = portal.openVisitor({ 'sec-fetch-site': 'same-origin' })
  if (person) await portal.addPerson(person)
  await takeSeat()
  const who = { where: { email: person?.email } }
  if (isDeactivated) await portal.database.user.updateMany({ ...who, data: { isActive: false } })

  async function takeSeat() {
    if (!person) return
    const { email, password } = person
    const from = { 'x-forwarded-for': nextAddress() }
    await visitor.submit('/login', { login: email, password: password ?? '' }, from)
    if (!isFresh) await letProofsAge(portal, { user: { email } })
  }

  async function isSeated() {
    const secret = visitor.sessionSecret()
    return secret !== null && (await portal.services.sessions.check(secret)).state === 'live'
  }

  return async (request: string, prefix: string): Promise<Fate> => {
    if (person && !isDeactivated && !(await isSeated())) await takeSeat()
    const [method = '', path = ''] = request.split(' ')
    const address = prefix + path.replaceAll(/:\w+/g, '1')
    const from = { 'x-forwarded-for': nextAddress() }
    const answer = await visitor.request(method.toLowerCase() as 'get', address, from)
    return leadingOn.includes(request) && answer.status === 303 ? 'may' : toFate(answer)
  }
}

function toFate(answer: Answer): Fate {
  const { status, headers, body, text } = answer
  const goal = String(headers.location ?? '')
  if (body.code === 'authentication_required' || body.code === 'session_ended') return 'signs in'
  if ((status === 303 && goal.startsWith('/login?return_to=')) || isAskedToSignIn(answer)) return 'signs in'
  if (body.code === 'email_unverified' || (status === 303 && goal === '/verify-email')) return 'confirms'
  if (status !== 403) return 'may'
  const isAskedForProof = /<form method="post" action="\/reauthenticate"/.test(text)
  return isAskedForProof || body.code === 'reauthentication_required' ? 'proves it' : 'may not'
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
