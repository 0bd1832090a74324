import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import {
  findPasswordProblems,
  isTooLong,
  normalizePassword,
  type PasswordPolicy,
  requirementsText,
} from '../../../src/domain/password/password-policy.ts'
import { openPasswordStrength } from '../../../src/platform/password-strength.ts'

const strength = openPasswordStrength()
after(() => strength.close())

const nobody = { portalName: 'Gatehouse', personal: [] as (string | null)[] }
const adas = {
  portalName: 'Gatehouse',
  personal: ['ada.lovelace@analytical.example', 'countess', 'Ada Lovelace'],
}

const strengthPolicy: PasswordPolicy = { name: 'strength', minLength: 8 }
const nist: PasswordPolicy = { name: 'nist', minLength: 15 }
const classicPolicy: PasswordPolicy = { name: 'classic', minLength: 8 }

async function problemsOf(typed: string, context = nobody, policy = strengthPolicy) {
  const password = normalizePassword(typed)
  return findPasswordProblems({ password, context, strength }, policy)
}

async function problemOf(password: string, context = nobody, policy = strengthPolicy) {
  return (await problemsOf(password, context, policy)).map(({ code }) => code).join(' ') || null
}

test('seven characters are too few and eight may do, counted as people count', async () => {
  // PWD-01
  assert.equal(await problemOf(''), 'required')
  assert.equal(await problemOf('kw7#Qz!'), 'too_short')
  assert.equal(await problemOf('🦔🦔🦔🦔🦔🦔🦔'), 'too_short')
  assert.equal(await problemOf('kw7#Qz!v'), null)
})

test('128 characters are welcome and 129 are not', async () => {
  // PWD-02
  const long = 'sunset marble violin '.repeat(10)
  assert.equal(await problemOf(long.slice(0, 64)), null)
  assert.equal(await problemOf(long.slice(0, 128)), null)
  assert.equal(await problemOf(long.slice(0, 129)), 'too_long')
  assert.equal(await problemOf('🦔'.repeat(129)), 'too_long')
})

for (const password of [
  'correct horse battery staple',
  'kupfer laterne umlauf',
  '   twilight  otter  ',
  'παράθυρο και ποτάμι',
  '🦔 🌵 🎻 hedgehog on strings',
  'q\u0007w mulberry\tgranite',
]) {
  test(`any composition will do: ${JSON.stringify(password)}`, async () => {
    // PWD-04
    assert.equal(await problemOf(password), null)
  })
}

for (const password of [
  'password',
  'Password1',
  '12345678',
  'qwertyuiop',
  'iloveyou',
  'letmein1',
  'football',
  'abcdefgh',
  'P@ssw0rd',
  'aaaaaaaaaaaa',
  '11111111111',
]) {
  test(`${password} is refused, because attackers try it first`, async () => {
    // PWD-06
    assert.match(String(await problemOf(password)), /^too_(common|guessable)$/)
  })
}

for (const password of [
  'gatehouse is my home',
  'my GateHouse umbrella',
  'ada.lovelace@analytical.example',
  'marble lovelace violin',
  'violin ANALYTICAL marble',
  'orbit countess lantern',
  'orbit ｌｏｖｅｌａｃｅ lantern',
]) {
  test(`${password} is refused for Ada, because it says who she is or where`, async () => {
    // PWD-07
    assert.equal(await problemOf(password, adas), 'contains_context')
  })
}

test('words that half the world has in its address, and those too short to matter, may be used', async () => {
  const context = { portalName: 'Gate', personal: ['jo@mail.example', 'Example Mail'] }
  assert.equal(await problemOf('chain mail jousting otter', context), null)
  assert.equal(await problemOf('for example granite otters', context), null)
})

const classic = {
  'Sunset-7!': null,
  'sunset-7!': 'too_simple',
  'SUNSET-7!': 'too_simple',
  'Sunset--!': 'too_simple too_common',
  Sunset77: 'too_simple',
  'Sun7!': 'too_short',
  'Gatehouse1!': null,
  'Password1!': 'too_common',
  'P@ssw0rd': 'too_common',
  '!Welcome1?': 'too_common',
  abc123: 'too_short too_simple too_common',
}
for (const [password, problem] of Object.entries(classic)) {
  test(`under the classic policy ${password} is ${problem ? 'refused' : 'taken'}`, async () => {
    assert.equal(await problemOf(password, nobody, classicPolicy), problem)
  })
}

test('everything wrong is said at once, and what is missing is named', async () => {
  const messagesOf = async (password: string, policy: PasswordPolicy) =>
    (await problemsOf(password, nobody, policy)).map(({ message }) => message)

  assert.deepEqual(await messagesOf('letmein', strengthPolicy), [
    'Use at least 8 characters.',
    'This password is on lists that attackers try first. Choose another one.',
  ])
  assert.deepEqual(await messagesOf('sunset marble', classicPolicy), [
    'Add an upper-case letter and a digit.',
  ])
  assert.deepEqual(await messagesOf('sunsetmarble', classicPolicy), [
    'Add an upper-case letter, a digit and a special character.',
  ])
  assert.deepEqual(await messagesOf('', classicPolicy), ['Choose a password.'])
})

test('where NIST’s rules hold, a password has 15 characters or more, and is no easier to guess', async () => {
  // PWD-01
  assert.equal(await problemOf('kw7#Qz!vTr4%Lm', nobody, nist), 'too_short')
  assert.equal(await problemOf('kw7#Qz!vTr4%Lmp', nobody, nist), null)
  assert.equal(await problemOf('passwordpassword', nobody, nist), 'too_guessable')
  assert.match(requirementsText(nist), /^At least 15 characters\./)
})

test('an operator may ask for more characters under every policy', async () => {
  for (const policy of [strengthPolicy, nist, classicPolicy]) {
    const longer = { ...policy, minLength: 20 }
    assert.equal(await problemOf('kw7#Qz!vTr4%Lmp-Xy2', nobody, longer), 'too_short')
    assert.equal(await problemOf('kw7#Qz!vTr4%Lmp-Xy2.', nobody, longer), null)
    assert.match(requirementsText(longer), /^At least 20 characters/)
  }
})

test('however a keyboard writes a letter, it is the same password', async () => {
  // PWD-05
  assert.equal(normalizePassword('cafe\u0301 ﬁnch'), normalizePassword('caf\u00e9 finch'))
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (password) => {
      const normal = normalizePassword(password)
      assert.equal(normalizePassword(normal), normal)
      assert.equal(normalizePassword(password.normalize('NFD')), normal)
    }),
  )
})

test('the classic policy asks for its four kinds and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme-ascii', maxLength: 140 }), async (password) => {
      const problem = await problemOf(password, nobody, classicPolicy)
      const hasAll = [/[A-Z]/, /[a-z]/, /\d/, /[^a-zA-Z\d]/].every((kind) => kind.test(password))
      const isRight = password.length >= 8 && password.length <= 128 && hasAll
      assert.equal(problem === null, isRight)
    }),
    { numRuns: 500 },
  )
})

test('nothing longer than 128 characters is ever hashed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (password) => {
      assert.equal(isTooLong(password), [...password].length > 128)
    }),
  )
})
