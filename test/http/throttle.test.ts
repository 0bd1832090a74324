import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countHashes } from '../support/counted-hashes.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { guess } from '../support/sign-in.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'

const costly = [
  ['/register', { email: 'eve@example.com', password: 'copper lantern orbit' }],
  ['/login', { login: 'ada', password: 'not this one' }],
  ['/verify-email', { token: 'x', password: 'x' }],
  ['/verify-email/code', { email: 'eve@example.com', code: '123456' }],
  ['/verify-email/resend', { email: 'eve@example.com' }],
  ['/forgot-password', { email: ada.email }],
  ['/auth/register', { email: 'eve@example.com', password: 'copper lantern orbit' }],
  ['/auth/login', { login: 'ada', password: 'not this one' }],
  ['/auth/verify-email', { token: 'x', password: 'x' }],
  ['/auth/resend-verification', { email: 'eve@example.com' }],
  ['/auth/forgot-password', { email: ada.email }],
  ['/auth/reset-password', { token: 'x', password: 'copper lantern orbit' }],
  ['/reset-password', { token: 'x', password: 'copper lantern orbit' }],
] as const

test('everything that hashes or sends email is counted together, and nothing is done beyond the limit', async () => {
  await using portal = await openPortal({ people: [ada] })
  const send = (path: string, fields: Record<string, string>) =>
    path.startsWith('/auth') ? portal.client.post(path, fields) : portal.visitor.submit(path, fields)
  for (const [path, fields] of costly.slice(0, 10))
    assert.notEqual((await send(path, fields)).status, 429, path)
  const hashes = countHashes(portal)
  const mails = (await portal.mails()).length

  for (const [path, fields] of costly) {
    const answer = await send(path, fields)
    assert.equal(answer.status, 429, path)
    assert.ok(Number(answer.headers['retry-after']) > 0 && Number(answer.headers['retry-after']) <= 60)
  }
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
  assert.equal((await portal.mails()).length, mails)
  assert.equal((await portal.visitor.visit('/login')).status, 200)
})

test('changes to my profile are counted for me, however and from wherever I make them, and beyond the limit nothing changes', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings: behindProxy })
  const [mine, hers] = [await openMember(portal, ada), await openMember(portal, grace)]
  const statuses: number[] = []
  for (let round = 0; round < 11; round++) {
    statuses.push((await mine.call('patch', { display_name: `A${round}` })).status)
    statuses.push((await mine.call('put', { display_name: `B${round}` })).status)
    statuses.push((await mine.submit({ display_name: `C${round}`, username: 'ada' })).status)
  }

  assert.deepEqual(statuses.slice(-6), [200, 200, 303, 429, 429, 429])
  assert.equal(
    (await portal.database.user.findUniqueOrThrow({ where: { email: ada.email } })).displayName,
    'C9',
  )
  assert.equal((await hers.call('patch', { display_name: 'Grace' })).status, 200)
})

/** Somebody signed in, who is at another address each time. */
async function openMember(portal: Portal, { email, password }: { email: string; password: string }) {
  const visitor = openStranger(portal)
  await visitor.submit('/login', { login: email, password })
  const { body } = await guess(portal, email, password)
  const from = () => ({ 'x-forwarded-for': nextAddress() })
  return {
    call: (method: 'patch' | 'put', fields: Record<string, string>) =>
      portal.client.call(method, '/users/me', body.session.id, fields),
    submit: (fields: Record<string, string>) => visitor.submit('/account/profile', fields, from()),
  }
}
