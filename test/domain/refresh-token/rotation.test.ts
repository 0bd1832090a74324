import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/domain/time.ts'
import { ada } from '../../support/people.ts'
import type { Portal } from '../../support/portal.ts'
import { createProgram, listAlarms, openRefreshing, tokenStores } from '../../support/refreshing.ts'
import type { Store } from '../../support/stores.ts'

const [sqlite, postgres] = tokenStores as [Store, Store]

for (const store of tokenStores) {
  test(`fifty refreshes at once all get the same successor (${store.name})`, async () => {
    // TOK-12, K7
    await using world = await openRefreshing(store)
    const { program, portal } = world
    const { refreshToken, family } = await program.start()
    let token = refreshToken
    for (let round = 1; round <= 20; round++) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => program.next(token)))

      assert.equal(new Set(answers).size, 1)
      assert.match(answers[0] ?? '', /^r_[\w-]{64}$/)
      assert.notEqual(answers[0], token)
      assert.equal(await portal.database.refreshToken.count({ where: { familyId: family.id } }), round + 1)
      token = answers[0] ?? ''
    }
    assert.equal(await portal.database.refreshToken.count({ where: { usedAt: null } }), 1)
    assert.deepEqual(await writtenDown(portal), ['token.family_started'])
  })

  test(`a retry gets the same successor for ten seconds, and after that ends everything (${store.name})`, async () => {
    // TOK-13
    await using world = await openRefreshing(store)
    const { program, clock } = world
    const { refreshToken: first } = await program.start()
    const second = await program.next(first)
    clock.forward(8 * SECOND_MS)
    assert.equal(await program.next(first), second)
    assert.match(await program.next(second), /^r_/)

    const { refreshToken: late } = await program.start()
    const successor = await program.next(late)
    clock.forward(10 * SECOND_MS)
    assert.equal(await program.next(late), 'refused')
    assert.equal(await program.next(successor), 'refused')
  })

  test(`once the successor was used, a token from before it ends everything, however soon (${store.name})`, async () => {
    // TOK-13
    await using world = await openRefreshing(store)
    const { program } = world
    const { refreshToken: first } = await program.start()
    const second = await program.next(first)
    const third = await program.next(second)

    assert.equal(await program.next(first), 'refused')

    assert.equal(await program.next(third), 'refused')
    assert.equal(await program.next(second), 'refused')
    assert.deepEqual(await writtenDown(world.portal), ['token.family_started', 'token.reuse_detected'])
  })

  test(`where retries are switched off, every token works once (${store.name})`, async () => {
    await using world = await openRefreshing(store, { settings: { REFRESH_TOKEN_GRACE: '0s' } })
    const { program } = world
    const { refreshToken: first } = await program.start()
    const second = await program.next(first)
    assert.match(second, /^r_/)
    assert.equal(await program.next(first), 'refused')
    assert.equal(await program.next(second), 'refused')
  })

  test(`a copy that is used later ends all that came from it, at once, and its owner hears of it once (${store.name})`, async () => {
    // TOK-11, TOK-15
    await using world = await openRefreshing(store)
    const { program, clock, portal } = world
    const { refreshToken: first, family } = await program.start()
    const { refreshToken: unrelated } = await program.start()
    const second = await program.next(first)
    const third = await program.next(second)
    clock.forward(HOUR_MS)

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => program.next(index % 2 ? first : second)),
    )

    assert.deepEqual(new Set(answers), new Set(['refused']))
    for (const token of [first, second, third]) assert.equal(await program.next(token), 'refused')
    assert.equal((await portal.services.refreshTokens.find(third))?.isActive, false)
    assert.equal(await portal.services.refreshTokens.isFamilyLive(family.id), false)
    assert.match(await program.next(unrelated), /^r_/)

    const events = await portal.database.auditEvent.findMany({ where: { action: 'token.reuse_detected' } })
    assert.equal(events.length, 1)
    const { id } = await portal.database.user.findFirstOrThrow()
    assert.equal(events[0]?.subjectId, id)
    assert.equal(events[0]?.ip, '203.0.113.7')
    const { session, ...details } = JSON.parse(events[0]?.details ?? '')
    assert.deepEqual(details, { family: family.id, client: 'backup' })
    assert.match(session, /^ses_/)
    assert.deepEqual(
      (await listAlarms(portal)).map(({ to }) => to),
      [ada.email],
    )
  })

  test(`a restart forgets nothing (${store.name})`, async () => {
    // TOK-14
    await using world = await openRefreshing(store)
    const { program } = world
    const { refreshToken: first } = await program.start()
    const second = await program.next(first)
    const { refreshToken: copied } = await program.start()
    const successor = await program.next(copied)
    await world.portal.close({ patienceMs: 0 })

    await using restarted = await world.openSibling()
    const after = createProgram(restarted, world.secret)
    assert.equal(await after.next(first), second)
    assert.match(await after.next(second), /^r_/)
    world.clock.forward(MINUTE_MS)
    assert.equal(await after.next(copied), 'refused')
    assert.equal(await after.next(successor), 'refused')
    assert.equal((await listAlarms(restarted)).length, 1)
  })

  test(`a clock that is behind refuses nobody a retry, and gives none where they are off (${store.name})`, async () => {
    await using world = await openRefreshing(store)
    const { refreshToken: first } = await world.program.start()
    const second = await world.program.next(first)
    world.clock.forward(-3 * SECOND_MS)
    assert.equal(await world.program.next(first), second)

    await using strict = await openRefreshing(store, { settings: { REFRESH_TOKEN_GRACE: '0s' } })
    const { refreshToken: once } = await strict.program.start()
    await strict.program.next(once)
    strict.clock.forward(-3 * SECOND_MS)
    assert.equal(await strict.program.next(once), 'refused')
  })

  test(`text that was never a token is refused, and changes nothing (${store.name})`, async () => {
    await using world = await openRefreshing(store)
    const { program, portal, secret } = world
    const { refreshToken } = await program.start()
    const swapped = `${refreshToken.slice(0, -1)}${refreshToken.endsWith('A') ? 'B' : 'A'}`
    const odd = [
      '',
      'r_',
      '\0',
      secret,
      swapped,
      `${refreshToken} `,
      `${refreshToken}\n`,
      `r_${'a'.repeat(64)}`,
    ]
    for (const token of odd) {
      assert.equal(await program.next(token), 'refused')
      assert.equal(await portal.services.refreshTokens.find(token), null)
    }
    assert.match(await program.next(refreshToken), /^r_/)
    assert.deepEqual(await writtenDown(portal), ['token.family_started'])
  })
}

test('two processes that refresh at once give the same successor', async () => {
  await using world = await openRefreshing(postgres)
  await using sibling = await world.openSibling()
  const other = createProgram(sibling, world.secret)
  let { refreshToken: token } = await world.program.start()
  for (let round = 0; round < 10; round++) {
    const asked = Array.from({ length: 10 }, (_, index) => (index % 2 ? world.program : other).next(token))
    const answers = await Promise.all(asked)
    assert.equal(new Set(answers).size, 1)
    token = answers[0] ?? ''
    assert.match(token, /^r_/)
  }
})

test('the mail about a copied token is plain, in text and in HTML, and quotes the program as it is named', async () => {
  await using world = await openRefreshing(sqlite)
  const { program, clock, portal } = world
  const named = { as: 'Backup <b>&' }
  const { refreshToken } = await program.start(named)
  await program.refresh(refreshToken, named)
  clock.forward(DAY_MS)
  const year = clock.now().getUTCFullYear()
  await program.refresh(refreshToken, named)

  const [mail] = await listAlarms(portal)
  assert.equal(mail?.subject, 'We disconnected an app from your Gatehouse account')
  assert.match(mail?.text ?? '', /Hello Ada Lovelace,/)
  assert.match(
    mail?.text.replace(/\s+/g, ' ') ?? '',
    new RegExp(`On \\d+ \\w+ ${year} at [\\d:]+ UTC, the app Backup <b>&`),
  )
  assert.match(mail?.text ?? '', new RegExp(`${portal.baseUrl}/account\n`))
  assert.match(mail?.html ?? '', /<strong><bdi>Backup &lt;b&gt;&amp;<\/bdi><\/strong>/)
  assert.match(mail?.html ?? '', new RegExp(`href="${portal.baseUrl}/account"`))
  for (const text of [mail?.text, mail?.html])
    assert.doesNotMatch(text ?? '', /r_[\w-]{64}|fam_|<%|undefined/)
})

test('one of our own programs, which has no name that people know, is not named in the email', async () => {
  await using world = await openRefreshing(sqlite)
  const { program, clock, portal } = world
  const ours = { as: 'gatehouse' }
  const { refreshToken } = await program.start(ours)
  await program.refresh(refreshToken, ours)
  clock.forward(DAY_MS)
  await program.refresh(refreshToken, ours)

  const [mail] = await listAlarms(portal)
  assert.equal(mail?.subject, 'We disconnected an app from your Gatehouse account')
  for (const text of [mail?.text, mail?.html]) {
    assert.match(text?.replace(/\s+/g, ' ') ?? '', / an app that you signed in with came to Gatehouse/)
    assert.doesNotMatch(text ?? '', /gatehouse"|<strong>|undefined|null/)
  }
})

async function writtenDown({ database }: Portal): Promise<string[]> {
  const events = await database.auditEvent.findMany({
    where: { action: { startsWith: 'token.' } },
    orderBy: { at: 'asc' },
  })
  return events.map(({ action }) => action)
}
