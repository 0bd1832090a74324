import assert from 'node:assert/strict'
import { test } from 'node:test'
import { behindProxy, openStranger } from '../support/strangers.ts'
import { openWorkers, type Worker } from '../support/workers.ts'

const STORM = 150
const LOOK_UP = /\0find-user-by-email\0/g
const USERNAME_CHECK = /"username" = \$1/g

test('when many sign in at once, nobody looks up those who are told to come back', async () => {
  // LOG-05
  await using workers = await openWorkers({ settings: behindProxy })
  const { one } = workers

  let statuses: number[] = []
  const lookUps = await one.sqlLine.countDuring(LOOK_UP, async () => {
    statuses = await sendAtOnce(one, '/auth/login', ({ email, password }) => ({ login: email, password }))
  })

  const refused = statuses.filter((status) => status === 503)
  assert.ok(refused.length > 0, 'nobody was refused')
  assert.equal(statuses.filter((status) => status === 401).length, STORM - refused.length)
  assert.equal(lookUps, STORM - refused.length)
})

test('when many register at once, nothing is looked up for those who are told to come back', async () => {
  await using workers = await openWorkers({ settings: behindProxy })
  const { one } = workers

  let statuses: number[] = []
  const checks = await one.sqlLine.countDuring(USERNAME_CHECK, async () => {
    statuses = await sendAtOnce(one, '/auth/register', (person) => person)
  })

  const refused = statuses.filter((status) => status === 503)
  assert.ok(refused.length > 0, 'nobody was refused')
  assert.equal(checks, STORM - refused.length)
})

test('an outage of the database during a storm of sign-ins leaves room for the next one', async () => {
  await using workers = await openWorkers({ settings: behindProxy })
  const { one } = workers
  one.sqlLine.refuse()
  for (let wave = 0; wave < 2; wave++)
    await sendAtOnce(one, '/auth/login', ({ email, password }) => ({ login: email, password }))
  one.sqlLine.pass()

  assert.equal(typeof (await workers.signIn()), 'string')
})

type Stranger = { email: string; username: string; password: string }

/** Each from an address of their own, after a name of their own. */
async function sendAtOnce(worker: Worker, path: string, toBody: (stranger: Stranger) => object) {
  const answers = Array.from({ length: STORM }, (_, index) => {
    const username = `stranger-${index}`
    const body = toBody({ username, email: `${username}@example.com`, password: 'sunset marble violin' })
    return openStranger(worker).post(path, body)
  })
  return (await Promise.all(answers)).map(({ status }) => status)
}
