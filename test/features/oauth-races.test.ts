import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Client } from 'pg'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import type { Person } from '../support/people.ts'
import { openPostgres, WAITING } from '../support/postgres.ts'

const ada = { email: 'ada.lovelace@gmail.com', password: 'sunset marble violin' } satisfies Person

/** A portal on PostgreSQL, and somebody who can hold up what it does there until the right moment. */
async function openRace({ people = [] }: { people?: Person[] } = {}) {
  const { url, drop } = await (await openPostgres({ fsync: false })).createDatabase()
  const both = await openPortalWithGoogle({ people, settings: { DATABASE_URL: url } })
  const [holder, observer] = [new Client({ connectionString: url }), new Client({ connectionString: url })]
  await Promise.all([holder.connect(), observer.connect()])

  /** Resolves when so many of the portal's statements wait for the holder, or nobody can any more. */
  async function isWaitedFor(count: number, arrivals: Promise<unknown>) {
    let isOver = false
    arrivals.finally(() => {
      isOver = true
    })
    while (!isOver && (await observer.query(WAITING)).rowCount !== count) await nextTurn()
  }

  /** People press the button at once; `meanwhile` happens between what the portal reads and what it then does. */
  async function arriveDuring(personas: string[], hold: string, meanwhile: string) {
    const tabs = await Promise.all(
      personas.map(async (persona) => {
        const visitor = both.portal.openVisitor()
        return { visitor, callback: await both.google.signInAs(await both.leave(visitor), persona) }
      }),
    )
    await holder.query(`BEGIN; ${hold}`)
    const arrivals = Promise.all(tabs.map(({ visitor, callback }) => both.comeBack(visitor, callback)))
    await isWaitedFor(personas.length, arrivals)
    await holder.query(meanwhile)
    return arrivals
  }

  return {
    ...both,
    arriveDuring,
    async [Symbol.asyncDispose]() {
      await both[Symbol.asyncDispose]()
      await Promise.all([holder.end(), observer.end()])
      await drop()
    },
  }
}

const now = `'2026-11-21T12:00:00Z'`
const insertAda = `INSERT INTO users (id, email, email_verified_at, registered_at, created_at, updated_at)
  VALUES ('other', '${ada.email}', ${now}, ${now}, ${now}, ${now})`
const insertIdentity = (id: string, subject: string, userId: string) =>
  `INSERT INTO identities (id, provider, subject, user_id, email, created_at, last_used_at)
   VALUES ('${id}', 'google', '${subject}', ${userId}, '${ada.email}', ${now}, ${now})`
const idOfAda = `(SELECT id FROM users WHERE email = '${ada.email}')`

test('tabs that would all create the same new account at the very same moment share one', async () => {
  await using race = await openRace()

  const answers = await race.arriveDuring(['ada', 'ada', 'ada', 'ada'], insertAda, 'ROLLBACK')

  assert.deepEqual(
    answers.map(({ status }) => status),
    [303, 303, 303, 303],
  )
  assert.equal(await race.portal.database.user.count(), 1)
}) // OAU-20

test('a tab that finds the account which another has just made goes in as well', async () => {
  await using race = await openRace()
  const { sub } = race.google.personas.ada

  const [answer] = await race.arriveDuring(
    ['ada'],
    'LOCK TABLE users IN ACCESS EXCLUSIVE MODE',
    `${insertAda}; ${insertIdentity('first', sub, `'other'`)}; COMMIT`,
  )

  assert.equal(answer?.status, 303)
})

test('of two Google accounts that claim one unproved address at once, one gets it and the other does not', async () => {
  await using race = await openRace({ people: [{ ...ada, isVerified: false }] })
  race.google.personas.grace.email = ada.email

  const answers = await race.arriveDuring(['ada', 'grace'], `SELECT 1 FROM users FOR UPDATE`, 'COMMIT')

  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 409])
  assert.equal(await race.portal.database.identity.count(), 1)
})

test('a stranger who comes in just when the owner takes the account over stays outside', async () => {
  await using race = await openRace({ people: [{ ...ada, isVerified: false }] })
  const { sam } = race.google.personas
  sam.email = ada.email
  sam.emailVerified = false
  await race.portal.database.$executeRawUnsafe(insertIdentity('strangers', sam.sub, idOfAda))

  const [answer] = await race.arriveDuring(
    ['sam'],
    'LOCK TABLE users IN ACCESS EXCLUSIVE MODE',
    `UPDATE users SET email_verified_at = ${now}; DELETE FROM identities; COMMIT`,
  )

  assert.equal(answer?.status, 409)
  assert.equal(await race.portal.database.session.count(), 0)
})

test('an account that is disabled at the very moment is neither linked nor entered', async () => {
  await using race = await openRace({ people: [ada] })

  const [answer] = await race.arriveDuring(
    ['ada'],
    `SELECT 1 FROM users FOR UPDATE`,
    `UPDATE users SET is_active = false; COMMIT`,
  )

  assert.equal(answer?.status, 403)
  assert.equal(await race.portal.database.identity.count(), 0)
  assert.equal(await race.portal.database.session.count(), 0)
})

test('somebody who registers an address again just as its owner confirms it gets nothing', async () => {
  await using race = await openRace()
  const { openVisitor, linkMailedTo, database } = race.portal
  const owner = openVisitor()
  await owner.submit('/register', ada)
  await linkMailedTo(ada.email)
  race.google.personas.ada.emailVerified = false

  const [answer] = await race.arriveDuring(
    ['ada'],
    `SELECT 1 FROM users FOR UPDATE`,
    `DELETE FROM one_time_links; UPDATE users SET email_verified_at = ${now}; COMMIT`,
  )

  assert.equal(answer?.status, 409)
  assert.equal(await database.identity.count(), 0)
  assert.equal(
    (await openVisitor().submit('/login', { login: ada.email, password: ada.password })).status,
    303,
  )
})
