import type { Clock } from '../../src/platform/clock.ts'
import { grace, type Person } from './people.ts'
import { openPortal, type Portal } from './portal.ts'
import { behindProxy, nextAddress } from './strangers.ts'

export const boss = { ...grace, email: 'boss@example.com', username: 'boss', role: 'admin' } satisfies Person

/** From an address of its own each time, so that no limit is in the way. */
export async function signInAs(
  { client }: Pick<Portal, 'client'>,
  { email, password }: Person,
): Promise<string> {
  const sent = client.portal.post('/auth/login').send({ login: email, password })
  return (await client.send(sent, { 'x-forwarded-for': nextAddress() })).body.session?.id
}

export async function idOf({ database }: Pick<Portal, 'database'>, { email }: Pick<Person, 'email'>) {
  return (await database.user.findUniqueOrThrow({ where: { email } })).id
}

/** A portal with an administrator who has signed in. */
export async function openOffice(people: Person[] = [], settings = {}, clock?: Clock) {
  const portal = await openPortal({
    people: [boss, ...people],
    settings: { ...behindProxy, ...settings },
    clock,
  })
  const secret = await signInAs(portal, boss)
  const admin = {
    secret,
    get: (path: string) => portal.client.get(path, secret),
    call: (method: 'post' | 'put' | 'patch' | 'delete', path: string, body?: unknown) =>
      portal.client.call(method, path, secret, body),
  }
  return { portal, admin, [Symbol.asyncDispose]: () => portal[Symbol.asyncDispose]() }
}
