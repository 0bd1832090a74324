import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIdentityService } from '../../../src/domain/identity/identity.service.ts'
import { createRepositories, type Transact } from '../../../src/domain/repositories.ts'
import type { Member } from '../../../src/domain/session/session.ts'
import { meanwhile } from '../../support/meanwhile.ts'
import { ada } from '../../support/people.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { canSignIn } from '../../support/reset.ts'
import { stores } from '../../support/stores.ts'
import { behindProxy } from '../../support/strangers.ts'
import { isSomebodyWaiting, openWorkers, visit } from '../../support/workers.ts'

const origin = { ip: '192.0.2.7', userAgent: 'Firefox/140.0 (X11; Linux)', requestId: 'test' }
const providers = ['google', 'other']

/** As a process has it that knows two providers. */
function openService({ world, services }: Portal) {
  const surroundings = { encryption: world.encryption, sendsMail: false }
  const transact: Transact = (work) =>
    world.sql.transact((database, undo) => work(createRepositories(database, surroundings), undo))
  const { repositories, sessions } = services
  const parts = { repositories, transact, sessions, providers, clock: world.clock }
  return createIdentityService({ ...parts, tellOwner: async () => {} })
}

async function signIn({ client, services }: Portal): Promise<Member> {
  const { body } = await client.post('/auth/login', { login: ada.email, password: ada.password })
  const check = await services.sessions.check(body.session.id)
  assert.ok(check.state === 'live')
  return check.member
}

async function linkBoth({ services: { repositories } }: Portal, { user }: Member) {
  for (const provider of providers)
    await repositories.identities.insert(
      { provider, subject: '1', userId: user.id, email: ada.email },
      new Date(),
    )
}

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  /** Two processes, and somebody who is signed in at both, by one of two providers, and has no password. */
  async function openTwo() {
    const store = await open()
    const settings = { ...behindProxy, ...store.settings }
    const one = await openPortal({ people: [ada], settings })
    const other = await openPortal({ settings })
    const [member, elsewhere] = [await signIn(one), await signIn(other)]
    await linkBoth(one, member)
    await one.database.user.updateMany({ data: { passwordHash: null } })
    return {
      one,
      other,
      member,
      elsewhere,
      async [Symbol.asyncDispose]() {
        await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()])
        await store.close()
      },
    }
  }

  test(`of the last two ways in, unlinked in two processes at once, one stays: ${name}`, async () => {
    await using two = await openTwo()
    const [one, other] = [openService(two.one), openService(two.other)]

    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.all([
        one.unlink(two.member, 'google', origin),
        other.unlink(two.elsewhere, 'other', origin),
      ])
      assert.deepEqual(outcomes.toSorted(), ['last-way-in', 'unlinked'])
      assert.equal(await two.one.database.identity.count(), 1)
      await linkBoth(two.one, two.member)
    }
  }) // OAU-12

  test(`a way in that counted when it was judged, and is gone when it is written, does not count: ${name}`, async () => {
    await using two = await openTwo()

    meanwhile(two.one, () => openService(two.other).unlink(two.elsewhere, 'other', origin))
    const outcome = await openService(two.one).unlink(two.member, 'google', origin)

    assert.equal(outcome, 'last-way-in')
    assert.equal(await two.one.database.identity.count(), 1)
  }) // OAU-12

  test(`a password that is set meanwhile is a way in: ${name}`, async () => {
    await using two = await openTwo()
    const { one, member } = two
    await one.database.identity.deleteMany({ where: { provider: 'other' } })
    const passwordHash = await one.services.passwords.hash(ada.password)

    meanwhile(one, () => one.database.user.updateMany({ data: { passwordHash } }))

    assert.equal(await openService(one).unlink(member, 'google', origin), 'unlinked')
    assert.equal(await canSignIn(one, ada.email, ada.password), true)
  })
}

/** In each process a session that began with Google, and in one of them another that did not. */
async function openGoogles() {
  const workers = await openWorkers({ settings: behindProxy })
  const { one, other } = workers
  const secrets = [await workers.signIn(one), await workers.signIn(other)]
  await one.database.session.updateMany({ data: { method: 'google' } })
  const mine = await workers.signIn(one)
  const { state, member } = await one.services.sessions.check(mine)
  assert.ok(state === 'live')
  await linkBoth(one, member)
  for (const secret of [...secrets, mine]) for (const worker of [one, other]) await visit(worker, secret)
  return {
    ...workers,
    secrets,
    mine,
    unlink: () => one.client.call('delete', '/auth/identities/google', mine),
  }
}

test('unlinking is acknowledged only when no process accepts what came in with it, also one that Redis does not reach', async () => {
  await using googles = await openGoogles()
  const { one, other, secrets, mine } = googles

  one.redisLine.cut()
  const answer = await googles.unlink()

  assert.equal(answer.status, 204)
  for (const worker of [other, one]) {
    for (const secret of secrets) assert.equal(await visit(worker, secret), '401 session_ended')
    assert.equal(await visit(worker, mine), 'welcome')
  }
}) // K4

test('who proves it again while Google is unlinked elsewhere is signed out if they came in with it', async () => {
  await using googles = await openGoogles()
  const { one, other, secrets } = googles
  const { transact } = other.world.sql
  let unlinking: Promise<unknown> = Promise.resolve()
  other.world.sql.transact = (work) =>
    transact(async (...given) => {
      const done = await work(...given)
      unlinking = googles.unlink().then(({ status }) => status)
      while (!(await isSomebodyWaiting(one))) await new Promise(setImmediate)
      other.world.sql.transact = transact
      return done
    })

  const { body } = await other.client.post('/auth/reauthenticate', { password: ada.password }, secrets[0])

  assert.equal(await unlinking, 204)
  assert.equal(await visit(other, body.session.id), '401 session_ended')
}) // K4
