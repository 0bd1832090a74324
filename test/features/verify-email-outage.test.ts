import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eve, signUp } from '../support/sign-up.ts'
import { openWorkers } from '../support/workers.ts'

test('an email that was confirmed stays so where no session could begin, and one is led to signing in', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const { visitor } = one
  const token = await signUp(one, visitor)

  const wasDone = one.sqlLine.cutBeforeAnswerTo(/start-session/)
  const confirmed = await visitor.submit('/verify-email', { token })
  await wasDone
  assert.equal(confirmed.status, 303)
  assert.equal(visitor.sessionSecret(), null)
  const page = await visitor.visit(confirmed.headers.location ?? '')
  assert.match(page.text, /Your email is confirmed\. Sign in to continue\./)

  while (!(await one.world.sql.ping().catch(() => null)));
  const signedIn = await visitor.submit('/login', { login: eve.email, password: eve.password })
  assert.equal(signedIn.status, 303)
  assert.match((await visitor.visit('/account')).text, /eve@example\.com/)
})

test('a program is told that the email is confirmed where no session could begin', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const token = await signUp(one, one.visitor)

  const wasDone = one.sqlLine.cutBeforeAnswerTo(/start-session/)
  const { status, body } = await one.client.post('/auth/verify-email', { token, password: eve.password })
  await wasDone
  assert.deepEqual([status, body.code], [503, 'temporarily_unavailable'])
  assert.equal(body.detail, 'Your email is confirmed. Sign in to continue.')
})
