import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, grace } from '../../support/people.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'
import { behindProxy, openStranger } from '../../support/strangers.ts'

const names = Array.from({ length: 16 }, (_, index) => `nobody-${index}@example.com`)

/** The passes that the hashes were made with which somebody's guesses are verified against. */
async function guess(portal: Portal, logins: string[]): Promise<(string | undefined)[]> {
  const { hasher } = portal.world
  const { verify } = hasher
  const seen: (string | undefined)[] = []
  hasher.verify = (passwordHash, ...given) => {
    seen.push(/t=\d+/.exec(passwordHash)?.[0])
    return verify(passwordHash, ...given)
  }
  for (const login of logins) await openStranger(portal).post('/auth/login', { login, password: 'a guess' })
  hasher.verify = verify
  return seen
}

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`after the parameters were raised, names that nobody has cost what the stored hashes cost: ${name}`, async () => {
    // LOG-02, PWD-09
    await using store = await open()
    const settings = { ...behindProxy, ...store.settings }
    await using _before = await openPortal({ people: [ada, grace], settings })
    await using raised = await openPortal({ settings: { ...settings, ARGON2_TIME: '3' } })

    assert.deepEqual(await guess(raised, [ada.email]), ['t=2'])
    assert.deepEqual(new Set(await guess(raised, names)), new Set(['t=2']))

    await openStranger(raised).post('/auth/login', { login: ada.email, password: ada.password })
    await raised.world.afterwards.settle()
    await raised.services.passwords.warmUp()
    const half = await guess(raised, names)
    assert.deepEqual(new Set(half), new Set(['t=2', 't=3']))
    assert.deepEqual(await guess(raised, names), half)

    await openStranger(raised).post('/auth/login', { login: grace.email, password: grace.password })
    await raised.world.afterwards.settle()
    await raised.services.passwords.warmUp()
    assert.deepEqual(new Set(await guess(raised, names)), new Set(['t=3']))
  })
}

test('where nobody has a password yet, guessing costs what the first one will', async () => {
  await using portal = await openPortal({ settings: { ...behindProxy, ARGON2_TIME: '3' } })
  assert.deepEqual(new Set(await guess(portal, names.slice(0, 3))), new Set(['t=3']))
})
