import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { createApp } from '../../src/app.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'

const inside = /users|sqlite|prisma|select|table|node_modules|\.ts\b|at \w+ \(|Error:/i
const credentials = { login: 'ada', password: 'a-password-of-somebody' }

test('an error of ours reveals nothing inside: it says that it was ours, with a number to quote', async () => {
  await using portal = await openBrokenPortal()

  const page = await portal.visitor.submit('/login', credentials)
  const api = await portal.client.post('/auth/login', credentials)

  assert.deepEqual([page.status, api.status], [500, 500])
  assert.doesNotMatch(page.text, inside)
  assert.doesNotMatch(api.text, inside)
  assert.match(page.text, /Sorry, that didn’t work/)
  assert.ok(page.text.includes(String(page.headers['x-request-id'])))
  assert.equal(api.type, 'application/problem+json')
  assert.deepEqual(api.body, {
    type: 'urn:gatehouse:problem:internal',
    title: 'Sorry, that didn’t work',
    status: 500,
    code: 'internal',
    detail: 'Something went wrong on our side. Please try again.',
    request_id: api.headers['x-request-id'],
  })
}) // OPS-01

test('the operator finds the cause in the log under the same number, without what was typed', async () => {
  await using portal = await openBrokenPortal()

  const { headers } = await portal.client.post('/auth/login', credentials)

  const lines = portal.lines.filter((line) => line.includes(String(headers['x-request-id'])))
  const failure = lines.map((line) => JSON.parse(line)).find(({ level }) => level === 'error')
  assert.match(failure.err.message, /users/)
  assert.match(failure.err.stack, /login\.service\.ts/)
  assert.doesNotMatch(lines.join(), /a-password-of-somebody/)
})

test('after an error of ours the next request is answered as usual', async () => {
  await using portal = await openBrokenPortal()
  await portal.visitor.submit('/login', credentials)

  assert.equal((await portal.visitor.visit('/login')).status, 200)
}) // OPS-02

test('even when the error page itself is broken, nothing inside is shown', async () => {
  await using portal = await openPortal({ people: [ada] })
  const app = createApp(portal.config, portal.world, portal.services)
  app.locals.portal = null

  const answer = await supertest(app).get('/login').set(portal.host).set('accept', 'text/html')

  assert.equal(answer.status, 500)
  assert.equal(answer.text, 'Something went wrong on our side. Please try again.')
})

async function openBrokenPortal(): Promise<Portal> {
  const portal = await openPortal()
  await portal.database.$executeRawUnsafe('DROP TABLE users')
  return portal
}
