import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createEncryption } from '../../src/platform/encryption.ts'

// OPS-06
const place = { table: 'outgoing_mails', column: 'payload', row: '1' }
const oldKey = 'the-key-of-last-year-0123456789abcdef'
const newKey = 'the-key-of-this-year-0123456789abcdef'
const encryption = createEncryption([newKey])

test('encrypted text comes back unchanged, in any script', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encrypted = encryption.encrypt(text, place)
      assert.equal(encryption.decrypt(encrypted, place), text)
      assert.ok(encryption.isEncrypted(encrypted))
    }),
  )
  const dict = { link: 'https://portal.example', times: 3, name: null }
  assert.deepEqual(encryption.decryptDict(encryption.encryptDict(dict, place), place), dict)
})

test('the same text never looks the same twice', () => {
  const encrypted = Array.from({ length: 100 }, () => encryption.encrypt('the same', place))
  assert.equal(new Set(encrypted.map((text) => text.split('.')[2]?.slice(0, 16))).size, 100)
})

test('another key opens nothing', () => {
  const encrypted = createEncryption([oldKey]).encrypt('secret', place)
  assert.equal(encryption.decrypt(encrypted, place), null)
  const [format, , body] = encrypted.split('.')
  const [, ownKeyId] = encryption.encrypt('mine', place).split('.')
  assert.equal(encryption.decrypt([format, ownKeyId, body].join('.'), place), null)
})

test('a value that was copied to another row, column or table opens nothing', () => {
  const encrypted = encryption.encrypt('secret', place)
  for (const elsewhere of [{ row: '2' }, { column: 'recipient' }, { table: 'users' }]) {
    assert.equal(encryption.decrypt(encrypted, { ...place, ...elsewhere }), null)
  }
  assert.equal(
    encryption.decrypt(encryption.encrypt('x', { table: 'a', column: 'bc', row: '' }), {
      table: 'ab',
      column: 'c',
      row: '',
    }),
    null,
  )
})

test('a value with one changed character opens nothing', () => {
  const encrypted = encryption.encrypt('secret', place)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= '
  for (let index = 0; index < encrypted.length; index++) {
    for (const other of alphabet) {
      if (other === encrypted[index]) continue
      const tampered = encrypted.slice(0, index) + other + encrypted.slice(index + 1)
      assert.equal(encryption.decrypt(tampered, place), null, `character ${index}`)
    }
  }
})

test('text that was never encrypted decrypts to nothing and breaks nothing', () => {
  const encrypted = encryption.encrypt('secret', place)
  const others = [
    '',
    'v1',
    'v1..',
    'plain text',
    encrypted.slice(0, -1),
    `${encrypted}A`,
    `${encrypted}.A`,
    `v2${encrypted.slice(2)}`,
    ` ${encrypted}`,
  ]
  for (const text of others) assert.equal(encryption.decrypt(text, place), null, text)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(encryption.decrypt(text, place), null)),
  )
})

test('after the key was changed, old values still open and new ones use the new key', () => {
  const old = createEncryption([oldKey]).encrypt('secret', place)
  const rotated = createEncryption([newKey, oldKey])

  assert.equal(rotated.decrypt(old, place), 'secret')
  assert.equal(encryption.decrypt(rotated.encrypt('new', place), place), 'new')
  assert.equal(createEncryption([oldKey]).decrypt(rotated.encrypt('new', place), place), null)
})

test('without a key there is no encryption', () => {
  assert.throws(() => createEncryption([]))
})
