import assert from 'node:assert/strict'
import type { Listed } from './openapi.ts'
import { ada } from './people.ts'
import type { Portal } from './portal.ts'
import { nextAddress } from './strangers.ts'
import { createTokenProgram } from './token-endpoint.ts'

export type Headers = Record<string, string>
export type Asked = { path?: string; headers?: Headers; body?: string; type?: string }

export const JSON_TYPE = 'application/json'
export const FORM_TYPE = 'application/x-www-form-urlencoded'

/** From an address where nobody was before. */
export async function send(
  { client }: Portal,
  { method, path }: { method: string; path: string },
  asked: Asked,
) {
  const address = (asked.path ?? path).replace(/\{\w+\}/g, 'none')
  const request = client.portal[method.toLowerCase() as 'get' | 'post'](address)
  if (asked.type) request.type(asked.type).send(asked.body)
  return client.send(request, { 'x-forwarded-for': nextAddress(), ...asked.headers })
}

export function toBody(value: object): Asked {
  return { type: JSON_TYPE, body: JSON.stringify(value) }
}

export function bearer(secret: string): Headers {
  return { authorization: `Bearer ${secret}` }
}

export function find(operations: Listed[], wanted: string): Listed {
  const operation = operations.find(({ key }) => key === wanted)
  assert.ok(operation, wanted)
  return operation
}

export async function signIn(
  { client }: Portal,
  { email, password }: { email: string; password: string } = ada,
) {
  const request = client.portal.post('/auth/login').send({ login: email, password })
  const { body } = await client.send(request, { 'x-forwarded-for': nextAddress() })
  return body.session.id as string
}

/** The tokens of a program of our own. */
export async function openTokens(portal: Portal, given: { session?: string; scope?: string } = {}) {
  const { session = await signIn(portal), scope = 'account:read account:write offline_access' } = given
  const { body } = await createTokenProgram(portal).exchange(session, { scope })
  return body as { access_token: string; refresh_token: string }
}

/** Answers with what gives everybody their password of this moment back, whoever has changed it. */
export async function keepPasswords({ database }: Portal): Promise<() => Promise<void>> {
  const people = await database.user.findMany({ select: { id: true, passwordHash: true } })
  return async () => {
    for (const { id, passwordHash } of people)
      await database.user.update({ where: { id }, data: { passwordHash } })
  }
}
