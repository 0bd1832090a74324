import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countHashes } from '../support/counted-hashes.ts'
import { newcomer, register, unproved } from '../support/newcomers.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

test('a form with mistakes comes back with what was typed, never the password, and a sentence at each field', async () => {
  await using portal = await openPortal()

  const { status, text } = await portal.visitor.submit('/register', {
    email: 'ada "L" at example',
    password: 'pass word',
    return_to: '/account?tab=1',
  })

  assert.equal(status, 422)
  assert.match(text, /value="ada &#34;L&#34; at example"/)
  assert.match(text, /name="return_to" value="\/account\?tab=1"/)
  assert.match(text, /id="email-error"[\s\S]*Enter one email address/)
  assert.match(text, /At least 8 characters/)
  assert.doesNotMatch(text, /pass word/)
  assert.match(text, /<title>Error: /)
})

test('every mistake in a password is said in a sentence', async () => {
  // PWD-01, PWD-06, PWD-07
  await using portal = await openPortal({ settings: behindProxy })
  const sentences = {
    'kw7#Qz!': /Use at least 8 characters/,
    password1: /on lists that attackers try first/,
    'eve@example.com': /Do not use your name, your address or the name of this site/,
    'my gatehouse umbrella': /Do not use your name/,
    ['x'.repeat(129)]: /Use at most 128 characters/,
    '': /Enter your password/,
  }
  for (const [weak, sentence] of Object.entries(sentences)) {
    const answer = await openStranger(portal).submit('/register', { email: newcomer, password: weak })
    assert.equal(answer.status, 422)
    assert.match(answer.text, sentence)
  }
})

test('a password that is much too long is refused without being hashed', async () => {
  // PWD-03
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const hashes = countHashes(portal)

  for (const length of [129, 1_024, 1_025, 10_000]) {
    const long = 'aB3$ '.repeat(length).slice(0, length)
    assert.equal((await register(portal, { email: newcomer, password: long })).status, 422)
    assert.ok(
      [401, 422].includes(
        (await openStranger(portal).post('/auth/login', { login: 'ada', password: long })).status,
      ),
    )
  }
  assert.equal((await register(portal, { email: newcomer, password: 'a'.repeat(1_000_000) })).status, 413)
  assert.deepEqual(hashes.take(), { hashed: 0, verified: 0 })
})

test('under the classic policy a password needs its four kinds of characters', async () => {
  await using portal = await openPortal({ settings: { ...behindProxy, PASSWORD_POLICY: 'classic' } })

  assert.match(
    (await portal.visitor.visit('/register')).text,
    /an upper-case letter, a lower-case letter, a digit/,
  )
  assert.equal((await register(portal, { email: newcomer, password: 'copper lantern' })).status, 422)
  assert.equal((await register(portal, { email: newcomer, password: 'Lantern-7!' })).status, 202)
})

test('password managers are told what this is and how long it may be', async () => {
  // PWD-12
  await using portal = await openPortal()
  const { text } = await portal.visitor.visit('/register')
  assert.match(text, /<input[^>]*id="password"[^>]*type="password"[^>]*autocomplete="new-password"/)
  assert.match(text, /passwordrules="minlength: 8; maxlength: 128;"/)
  assert.doesNotMatch(text, /onpaste|maxlength="/)
})

test('a username that somebody has cannot be chosen, but one that somebody only asked for can', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })

  const taken = await register(portal, { email: newcomer, username: 'ADA' })
  assert.equal(taken.status, 422)
  assert.deepEqual(taken.body.errors, [
    { field: 'username', code: 'username_taken', message: 'This username is taken. Choose another one.' },
  ])
  assert.equal((await register(portal, { email: newcomer, username: 'countess' })).status, 202)
  assert.equal((await register(portal, { email: unproved, username: 'countess' })).status, 202)
})
