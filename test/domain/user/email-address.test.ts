import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toEmailAddress } from '../../../src/domain/user/email-address.ts'

test('an address has one spelling, however its letters were typed', () => {
  assert.equal(toEmailAddress('Ada.Lovelace+News@Example.COM'), 'ada.lovelace+news@example.com')
  assert.equal(toEmailAddress("o'hara@example.com"), "o'hara@example.com")
  assert.equal(toEmailAddress('ada=what?@example.com'), 'ada=what?@example.com')
  assert.equal(toEmailAddress('ada@Münch\u0065n.example'), 'ada@xn--mnchen-3ya.example')
  assert.equal(toEmailAddress('ada@mu\u0308nchen.example'), 'ada@xn--mnchen-3ya.example')
  assert.equal(toEmailAddress('ada@xn--mnchen-3ya.example'), 'ada@xn--mnchen-3ya.example')
})

test('ß and ss are two different domains', () => {
  assert.notEqual(toEmailAddress('ada@straße.example'), toEmailAddress('ada@strasse.example'))
})

// REG-03
const notOneMailbox = [
  '',
  'ada',
  'ada@',
  '@example.com',
  'ada@localhost',
  'ada@b..c',
  'ada@.example.com',
  'ada@example.com.',
  'ada@example.c',
  'ada@example.12',
  'ada@example.-c',
  'ada@-example.com',
  'ada@exa_mple.com',
  'ada@127.0.0.1',
  'ada@[127.0.0.1]',
  'ada@[IPv6:::1]',
  'a@b@example.com',
  '.ada@example.com',
  'ada.@example.com',
  'a..da@example.com',
  '"ada"@example.com',
  '"ada lovelace"@example.com',
  'ada(comment)@example.com',
  'Ada <ada@example.com>',
  '<ada@example.com>',
  'ada@example.com,eve@example.com',
  'ada@example.com;eve@example.com',
  'ada@example.com eve@example.com',
  'eve@evil.example,ada@example.com',
  'ada@example.com\r\nBcc: eve@example.com',
  'ada\r\n@example.com',
  'ada\0@example.com',
  'ada@example\0.com',
  'ada@exam\u00adple.com',
  'ada@exam%70le.com',
  '=?utf-8?q?ada=40evil.example=2c?=@example.com',
  'ada=?x?=@example.com',
  'ada@example.com/evil',
  'ada@example.com#evil',
  'ada@example.com?evil',
  'ada@example.com:25',
  'ada@example\u3002com',
  'ada\ud800@example.com',
  'ada@exam\udfffple.com',
  `${'a'.repeat(65)}@example.com`,
  `a@${'b'.repeat(64)}.com`,
  `a@${'b.'.repeat(126)}com`,
  `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.com`,
]

for (const typed of notOneMailbox) {
  test(`${JSON.stringify(typed).slice(0, 60)} is not one mailbox`, () => {
    assert.equal(toEmailAddress(typed), null)
  })
}

// REG-05
const lookAlikes = [
  ['m\u0131ke@example.com', 'mike@example.com'],
  ['\uff4dike@example.com', 'mike@example.com'],
  ['mi\u212ae@example.com', 'mike@example.com'],
  ['mi\u043ae@example.com', 'mike@example.com'],
  ['\u017ftar@example.com', 'star@example.com'],
  ['mike@\uff45xample.com', 'mike@example.com'],
  ['mike@example.\u217dom', 'mike@example.com'],
  ['mike@\u212aite.com', 'mike@kite.com'],
  ['mike@ex\u0430mple.com', 'mike@example.com'],
] as const

for (const [typed, victim] of lookAlikes) {
  test(`${JSON.stringify(typed)} never becomes ${victim}`, () => {
    assert.notEqual(toEmailAddress(typed), victim)
  })
}

test('whatever is typed becomes nothing, or one ASCII address that stays as it is', () => {
  const part = fc.string({ unit: 'binary', maxLength: 20 })
  const typed = fc.oneof(
    fc.emailAddress(),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.tuple(part, part).map(([local, domain]) => `${local}@${domain}.com`),
    fc.tuple(part).map(([domain]) => `ada@${domain}.com`),
  )
  fc.assert(
    fc.property(typed, (text) => {
      const address = toEmailAddress(text)
      if (address === null) return
      assert.match(address, /^[\x21-\x7e]+@[a-z0-9.-]+$/)
      assert.equal(address, address.toLowerCase())
      assert.ok(address.length <= 254)
      assert.equal(address.split('@').length, 2)
      assert.equal(toEmailAddress(address), address)
      assert.equal(toEmailAddress(address.toUpperCase()), address)
    }),
    { numRuns: 2_000 },
  )
})
