import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStale, readHiddenFields } from '../support/freshness.ts'
import { ada } from '../support/people.ts'

test('proving it on the page leads back to where they were', async () => {
  await using stale = await openStale()
  const { visitor } = stale.portal
  const asked = await visitor.visit('/reauthenticate?return_to=/account/profile')
  const secret = visitor.sessionSecret()

  const answer = await visitor.submit('/reauthenticate', {
    ...readHiddenFields(asked.text),
    password: ada.password,
  })

  assert.deepEqual([answer.status, answer.headers.location], [303, '/account/profile'])
  assert.notEqual(visitor.sessionSecret(), secret)
  assert.equal((await visitor.visit('/account/profile')).status, 200)
  assert.equal(
    (await visitor.visit('/reauthenticate?return_to=/account/profile')).headers.location,
    '/account/profile',
  )
})

test('what I had typed goes on after the proof, letter for letter, and no password among it', async () => {
  await using stale = await openStale()
  const { visitor } = stale.portal
  const typed = {
    display_name: '  Ada "the <b>Countess</b>" & Co’s 测试',
    username: 'countess',
    new_password: 'x',
    code: '1',
  }
  const hostile = { return_to: 'https://evil.example/', typed: JSON.stringify(typed) }

  const elsewhere = await visitor.submit('/reauthenticate', { ...hostile, password: ada.password })
  assert.match(elsewhere.text, /<form method="post" action="\/account" /)
  const answer = await visitor.submit('/reauthenticate', {
    ...hostile,
    return_to: '/account/profile',
    password: ada.password,
  })

  assert.equal(answer.status, 200)
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.match(answer.text, /<form method="post" action="\/account\/profile" data-resumes>/)
  const again = readHiddenFields(answer.text)
  assert.deepEqual(again, { display_name: typed.display_name, username: typed.username })
  assert.equal((await visitor.submit('/account/profile', again)).headers.location, '/account')
  assert.match((await visitor.visit('/account')).text, /Ada &#34;the &lt;b&gt;Countess/)
})

test('what another site has typed for me does not go on when I prove who I am', async () => {
  await using stale = await openStale()
  const { visitor } = stale.portal
  const planted = { return_to: '/account/profile', typed: '{"username":"planted"}' }

  for (const path of ['/reauthenticate', '/account/profile']) {
    const answer = await visitor.submit(path, planted, { 'sec-fetch-site': 'cross-site' })
    assert.equal(answer.status, 403)
    assert.doesNotMatch(answer.text, /planted/)
  }
})

test('whoever guesses too often gets the form again, with what was typed and how long to wait', async () => {
  await using stale = await openStale()
  const { visitor } = stale.portal
  const typed = '{"username":"countess"}'
  let answer = await visitor.submit('/reauthenticate', { typed, password: 'not this one' })
  for (let count = 0; count < 7; count++)
    answer = await visitor.submit('/reauthenticate', { typed, password: 'not this one' })

  assert.equal(answer.status, 429)
  assert.match(answer.text, /Please wait/)
  assert.equal(readHiddenFields(answer.text).typed, typed)
})

test('what says that it was typed and is not a form is left out, and the proof still counts', async () => {
  await using stale = await openStale()
  const { visitor } = stale.portal

  for (const typed of ['{', '[1]', '"text"', '{"a":1}', 'null', '']) {
    const answer = await visitor.submit('/reauthenticate', { typed, password: ada.password })
    assert.deepEqual([answer.status, answer.headers.location], [303, '/account'], typed)
  }
})

test('a form that is sent twice at once is two proofs, and each answer goes on', async () => {
  await using stale = await openStale()
  const { visitor } = stale.portal
  const form = { return_to: '/account/profile', password: ada.password }

  const answers = await Promise.all([1, 2].map(() => visitor.submit('/reauthenticate', form)))

  assert.deepEqual(
    answers.map(({ headers }) => headers.location),
    ['/account/profile', '/account/profile'],
  )
  assert.equal((await visitor.visit('/account')).status, 200)
})
