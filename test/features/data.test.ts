import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { toDataSchema } from '../../docs/write-data-schema.ts'
import { heldColumns } from '../../src/domain/user/held-data.ts'
import { moveTo, newEmail, openMember } from '../support/email-change.ts'
import { letProofsAge } from '../support/freshness.ts'
import { idOf, signInAs } from '../support/office.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { newPassword } from '../support/reset.ts'
import { behindProxy } from '../support/strangers.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const schema = read('../../docs/my-data.schema.json')

const ajv = new Ajv2020({ allErrors: true })
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
ajv.addFormat('uri', (given: string) => URL.canParse(given))
const isValid: { (file: object): boolean; errors?: unknown } = ajv.compile(JSON.parse(schema))

test('I download all that is held about me, and nothing of anybody else', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings: behindProxy })
  const { visitor, database } = portal
  await signInAs(portal, grace)
  await visitor.submit('/login', { login: ada.email, password: 'wrong' })
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  const { user, session } = (await visitor.visit('/auth/me', { 'sec-fetch-site': 'same-origin' })).body
  await database.identity.create({ data: { id: 'idn', ...googleOf(user.id) } })

  const answer = await visitor.visit('/account/data/download')

  assert.equal(answer.status, 200)
  assert.match(
    answer.headers['content-disposition'] ?? '',
    /^attachment; filename=my-account-[\d-]{10}\.json$/,
  )
  assert.equal(answer.headers['cache-control'], 'no-store')
  const mine = JSON.parse(answer.text)
  assert.deepEqual(
    [mine.account.id, mine.account.email, mine.account.username],
    [user.id, ada.email, ada.username],
  )
  assert.deepEqual(
    mine.sessions.map(({ id }: { id: string }) => id),
    [session.session_id],
  )
  assert.deepEqual(mine.identities[0].subject, 'subject-at-google')
  assert.deepEqual(
    mine.events.map(({ action }: { action: string }) => action),
    ['session.start_refused', 'session.started'],
  )
  assert.doesNotMatch(answer.text, /grace|boss/i)
})

test('the file is what its schema says, and holds nothing that opens anything', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { client, database } = portal
  const secret = await signInAs(portal, ada)
  const userId = await idOf(portal, ada)
  const now = new Date()
  const scope = 'account:read offline_access'
  await client.send(client.portal.post('/auth/token').type('form').send({ scope }), {
    authorization: `Bearer ${secret}`,
  })
  await database.identity.create({ data: { id: 'idn', ...googleOf(userId) } })
  const link = { kind: 'verify-email', email: ada.email, codeHash: 'canary-code', returnTo: '/account' }
  await database.oneTimeLink.create({
    data: { ...link, tokenHash: 'canary-token', userId, createdAt: now, expiresAt: now },
  })
  const mail = { recipient: ada.email, template: 'verify-email', payload: 'canary-payload' }
  await database.outgoingMail.create({
    data: { id: 'mail', ...mail, createdAt: now, nextAttemptAt: now, sentAt: now },
  })

  const { status, body, text } = await client.get('/auth/data', secret)

  assert.equal(status, 200, text)
  assert.ok(isValid(body), JSON.stringify(isValid.errors))
  for (const list of ['sessions', 'identities', 'one_time_links', 'token_families', 'emails', 'events'])
    assert.ok(body[list].length > 0, list)
  const { passwordHash } = await database.user.findUniqueOrThrow({ where: { id: userId } })
  const { secretHash } = await database.session.findFirstOrThrow()
  const { tokenHash } = await database.refreshToken.findFirstOrThrow()
  for (const canary of [secret, passwordHash, secretHash, tokenHash, 'canary'])
    assert.ok(!text.includes(String(canary)), String(canary))
})

test('a table or a column that is new stands in the file, or says why it does not', () => {
  const models = [...read('../../prisma/schema.prisma').matchAll(/^model (\w+) \{(.*?)^\}/gms)]
  const known = heldColumns as Record<string, { shown: readonly string[]; leftOut: readonly string[] } | null>

  assert.deepEqual(Object.keys(heldColumns).toSorted(), models.map(([, name = '']) => name).toSorted())
  for (const [, name = '', body = ''] of models) {
    const held = known[name]
    if (!held) continue
    const columns = [...body.matchAll(/^ {2}(\w+) +(String|Int|Boolean|DateTime)\b/gm)].map(
      ([, column]) => column,
    )
    assert.deepEqual([...held.shown, ...held.leftOut].toSorted(), columns.toSorted(), name)
  }
  assert.equal(schema, toDataSchema(), 'npm run data-schema writes docs/my-data.schema.json')
})

test('who borrowed a device for a moment downloads nothing', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { visitor, client } = portal
  const secret = await signInAs(portal, ada)
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  await letProofsAge(portal)

  const page = await visitor.visit('/account/data/download')
  const answer = await client.get('/auth/data', secret)

  assert.equal(page.status, 403)
  assert.match(page.text, /type="password"/)
  assert.deepEqual([answer.status, answer.body.code], [403, 'reauthentication_required'])
})

function googleOf(userId: string) {
  const now = new Date()
  return {
    userId,
    provider: 'google',
    subject: 'subject-at-google',
    email: ada.email,
    createdAt: now,
    lastUsedAt: now,
  }
}

test('a history of thousands of events is in the file whole, each event once', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const secret = await signInAs(portal, ada)
  const subjectId = await idOf(portal, ada)
  const event = { action: 'session.started', subjectId, ip: '', userAgent: '', requestId: '' }
  const ids = Array.from({ length: 2_500 }, (_, index) => `many-${index}`)
  await portal.database.auditEvent.createMany({
    data: ids.map((id, index) => ({ ...event, id, at: new Date(Math.floor(index / 700)) })),
  })

  const { body } = await portal.client.get('/auth/data', secret)

  const told = body.events.map(({ id }: { id: string }) => id)
  assert.deepEqual(new Set(told.slice(0, ids.length)), new Set(ids))
  assert.equal(told.length, ids.length + 1)
})

test('emails to somebody who had my address before me are not in it', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const long = new Date(0)
  const mail = { id: 'old', recipient: ada.email, template: 'account-deleted', payload: '' }
  await portal.database.outgoingMail.create({
    data: { ...mail, createdAt: long, nextAttemptAt: long, sentAt: long },
  })

  const { body } = await portal.client.get('/auth/data', await signInAs(portal, ada))

  assert.deepEqual(body.emails, [])
})

test('after I moved to an address, emails to whoever had it before me are not in it; mine are', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const visitor = await openMember(portal)
  const hourAgo = new Date(Date.now() - 30 * 60_000)
  const mail = { id: 'old', recipient: newEmail, template: 'account-deleted', payload: '' }
  await portal.database.outgoingMail.create({
    data: { ...mail, createdAt: hourAgo, nextAttemptAt: hourAgo, sentAt: hourAgo },
  })
  await moveTo(portal, visitor)
  await visitor.submit('/account/password', { current_password: ada.password, new_password: newPassword })

  const mine = JSON.parse((await visitor.visit('/account/data/download')).text)

  const templates = mine.emails.map(({ template }: { template: string }) => template)
  assert.deepEqual(templates, ['account-notice'])
})
