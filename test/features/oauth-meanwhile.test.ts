import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import { meanwhile } from '../support/meanwhile.ts'
import type { Person } from '../support/people.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

type Both = Awaited<ReturnType<typeof openPortalWithGoogle>>

const ada = { email: 'ada.lovelace@gmail.com', password: 'sunset marble violin' } satisfies Person
const sam = { email: 'sam@outside.example', password: 'copper lantern orbit' }

async function comeWithGoogle({ portal, leave, comeBack, google }: Both, persona: string) {
  const visitor = portal.openVisitor()
  const callback = await google.signInAs(await leave(visitor), persona)
  return { visitor, comeBack: () => comeBack(visitor, callback) }
}

test('somebody who registered with Google, and whose account has got a stranger’s password since, is told of the stranger', async () => {
  await using both = await openPortalWithGoogle({ settings: behindProxy })
  const { portal } = both
  await (await comeWithGoogle(both, 'sam')).comeBack()
  both.google.personas.sam.hd = 'outside.example'
  await portal.database.user.updateMany({ data: { registeredAt: new Date(0) } })
  const { visitor, comeBack } = await comeWithGoogle(both, 'sam')

  meanwhile(portal, () => openStranger(portal).submit('/register', sam))
  await comeBack()

  assert.match((await visitor.visit('/account')).text, /The account is yours now/)
  assert.match((await portal.findMail(sam.email))?.subject ?? '', /Google from now on/)
  assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.taken_over' } }), 1)
})

test('of two Google accounts with one address that arrive together, one opens the account', async () => {
  await using both = await openPortalWithGoogle({ people: [ada] })
  const { portal } = both
  const { id: userId } = await portal.database.user.findFirstOrThrow()
  const other = { provider: 'google', subject: 'another', userId, email: ada.email }
  const { visitor, comeBack } = await comeWithGoogle(both, 'ada')

  meanwhile(portal, () => portal.services.repositories.identities.insert(other, new Date()))
  const answer = await comeBack()

  assert.equal(answer.status, 409)
  assert.equal(visitor.sessionSecret(), null)
  assert.equal(await portal.database.identity.count(), 1)
})

test('an address given up and registered again in between is judged again', async () => {
  await using both = await openPortalWithGoogle({
    people: [{ ...sam, isVerified: false }],
    settings: behindProxy,
  })
  const { portal } = both
  const { comeBack } = await comeWithGoogle(both, 'sam')

  meanwhile(portal, async () => {
    await portal.database.user.deleteMany()
    await portal.addPerson({ ...sam, isVerified: false })
  })
  const answer = await comeBack()

  assert.deepEqual([answer.status, answer.headers.location], [303, '/registered'])
  const user = await portal.database.user.findFirstOrThrow({ include: { identities: true } })
  assert.deepEqual([user.passwordHash, user.identities.length], [null, 1])
})

test('an account that is switched off while Google speaks for its address is not opened', async () => {
  await using both = await openPortalWithGoogle({ people: [ada] })
  const { portal } = both
  const { visitor, comeBack } = await comeWithGoogle(both, 'ada')

  meanwhile(portal, () =>
    portal.database.user.updateMany({ data: { isActive: false, sessionEpoch: { increment: 1 } } }),
  )
  const answer = await comeBack()

  assert.equal(answer.status, 403)
  assert.equal(visitor.sessionSecret(), null)
  assert.equal(await portal.database.identity.count(), 0)
})
