import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashSecret } from '../../src/domain/secret.ts'
import {
  FORM_TYPE,
  find,
  type Headers,
  keepPasswords,
  openTokens,
  send,
  signIn,
} from '../support/api-requests.ts'
import { readCurlLine } from '../support/curl-line.ts'
import { tokenMailedTo, undoToken } from '../support/email-change.ts'
import { notMeToken } from '../support/not-me.ts'
import { openContract } from '../support/openapi.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { behindProxy } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'
import type { Answer } from '../support/visitor.ts'

const opensLink = ['POST /auth/verify-email', 'POST /auth/reset-password']
const asksForChange = ['POST /auth/change-email/confirm', 'POST /auth/undo-email-change']
const king = 'ada.king@example.com'
const withPasswordGrant = { ...behindProxy, PASSWORD_GRANT: 'on' }

test('every line for the shell works as pasted', async (t) => {
  await using portal = await openPortal({ settings: withPasswordGrant })
  const { operations, assertDescribed } = await openContract(portal)
  const variables: Headers = {}
  const first = ['POST /auth/register', 'POST /auth/verify-email', 'POST /auth/login']
  const later = operations.filter(({ key }) => !first.includes(key))
  const { id: CLIENT_ID, secret: CLIENT_SECRET } = await createTokenProgram(portal).register()
  await portal.addPerson({ ...grace, username: undefined, email: 'boss@example.com', role: 'admin' })
  let count = 0
  let restorePasswords: (() => Promise<void>) | null = null

  for (const operation of [...first.map((key) => find(operations, key)), ...later]) {
    for (const { label, source } of operation['x-codeSamples']) {
      await t.test(`${operation.key} ${label}`, async () => {
        if (opensLink.includes(operation.key)) variables.TOKEN = await mailedToken(portal, ada.email)
        if (operation.key === 'POST /auth/not-me') variables.TOKEN = await notMeToken(portal)
        if (later.includes(operation)) {
          restorePasswords ??= await keepPasswords(portal)
          await restorePasswords()
          await portal.database.user.updateMany({ where: { email: king }, data: { email: ada.email } })
          await portal.database.user.update({ where: { email: ada.email }, data: { role: 'admin' } })
          const USER_ID = await portal.addPerson({
            ...grace,
            username: undefined,
            email: `${++count}@example.com`,
          })
          if (asksForChange.includes(operation.key))
            variables.TOKEN = await askForChange(portal, operation.key)
          Object.assign(variables, await openVariables(portal), { USER_ID, CLIENT_ID, CLIENT_SECRET })
        }

        const answer = await paste(portal, source, variables)

        assert.ok(answer.status < 300, `${answer.status} ${answer.text}`)
        assertDescribed(operation, answer)
      })
    }
  }
})

/** What a shell would give to curl, sent. */
async function paste(portal: Portal, line: string, variables: Headers): Promise<Answer> {
  const { method, address, headers, body } = readCurlLine(line, variables)
  assert.ok(address.startsWith(`${portal.baseUrl}/`), address)
  const path = address.slice(portal.baseUrl.length)
  const type = headers['content-type'] ?? (body === undefined ? undefined : FORM_TYPE)
  return send(portal, { method, path }, { headers, body, type })
}

/** What somebody has who signed in and asked for tokens. */
async function openVariables(portal: Portal): Promise<Headers> {
  const SESSION = await signIn(portal)
  const tokens = await openTokens(portal, { session: SESSION })
  const { body } = await portal.client.get('/auth/sessions', SESSION)
  const { id: userId } = await portal.database.user.findUniqueOrThrow({ where: { email: ada.email } })
  const google = { provider: 'google', subject: '1', userId, email: ada.email }
  await portal.services.repositories.identities.insert(google, new Date())
  const [current] = body.sessions.filter((each: { is_current: boolean }) => each.is_current)
  return {
    SESSION,
    ACCESS_TOKEN: tokens.access_token,
    REFRESH_TOKEN: tokens.refresh_token,
    SESSION_ID: current.session_id,
    FAMILY_ID: current.tokens[0].family_id,
  }
}

async function mailedToken(portal: Portal, email: string): Promise<string> {
  return new URL(await portal.linkMailedTo(email), portal.baseUrl).searchParams.get('token') ?? ''
}

/** Answers with the token that the link of this door has; the code is the one of the example. */
async function askForChange(portal: Portal, key: string): Promise<string> {
  const { client, database, services } = portal
  await client.post('/auth/change-email', { email: king }, await signIn(portal))
  if (key.includes('undo')) return undoToken(portal)
  const token = await tokenMailedTo(portal, king, '/account/email/confirm')
  const codeHash = services.mailedCodes.hash('294017', hashSecret(token))
  await database.oneTimeLink.updateMany({ where: { email: king }, data: { codeHash } })
  return token
}
