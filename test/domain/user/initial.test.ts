import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toInitial } from '../../../src/domain/user/initial.ts'

const email = 'zoe@example.com'

test('somebody is shown by the first letter of their name, whatever it is written with', () => {
  const initials = {
    Ada: 'A',
    élodie: 'É',
    'e\u0301lodie': 'E\u0301',
    דליה: 'ד',
    '👩‍🚀 Sally': '👩‍🚀',
    ßara: 'SS',
  }
  for (const [displayName, initial] of Object.entries(initials))
    assert.equal(toInitial({ displayName, email }), initial, displayName)
})

test('without a name it is the first letter of the address', () => {
  assert.equal(toInitial({ displayName: null, email }), 'Z')
})
