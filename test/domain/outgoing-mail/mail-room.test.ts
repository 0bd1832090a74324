import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MailTemplate } from '../../../src/domain/outgoing-mail/outgoing-mail.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/domain/time.ts'
import { createTestClock } from '../../support/clock.ts'
import { password } from '../../support/newcomers.ts'
import { ada } from '../../support/people.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { behindProxy, openStranger } from '../../support/strangers.ts'

const bob = { email: 'bob@example.com', password: 'harbour velvet cactus', isVerified: false }
const carol = { email: 'carol@example.com', password: null, isVerified: false }
const mailboxes = [ada.email, bob.email, carol.email]
const wrong = 'not the password at all'
let movers = 0

/** What anybody on the internet can do about any address. */
const doors = {
  register: (portal: Portal, email: string) =>
    openStranger(portal).post('/auth/register', { email, password }),
  resend: (portal: Portal, email: string) =>
    openStranger(portal).post('/auth/resend-verification', { email }),
  forgot: (portal: Portal, email: string) => openStranger(portal).post('/auth/forgot-password', { email }),
  guess: (portal: Portal, email: string) =>
    openStranger(portal).post('/auth/login', { login: email, password: wrong }),
  /** With an account made for the purpose: each may ask only so often. */
  async move(portal: Portal, email: string) {
    const mover = { email: `mover${++movers}@example.com`, password }
    await portal.addPerson(mover)
    const { body } = await openStranger(portal).post('/auth/login', { login: mover.email, password })
    return portal.client.post('/auth/change-email', { email }, body.session.id)
  },
}
type Door = keyof typeof doors
type Step = { door: Door; times: number; mailbox: string; thenMs: number }

const step: fc.Arbitrary<Step> = fc.record({
  door: fc.constantFrom(...(Object.keys(doors) as Door[])),
  times: fc.integer({ min: 1, max: 5 }),
  mailbox: fc.constantFrom(...mailboxes),
  thenMs: fc.integer({ min: 0, max: 150 }).map((minutes) => minutes * MINUTE_MS),
})

test('whatever strangers do, in whatever order, no mailbox is filled, and whoever asks for a link has a good one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 24 }), async (steps) => {
      const clock = createTestClock()
      await using portal = await openPortal({ people: [ada, bob, carol], settings: behindProxy, clock })
      for (const { door, times, mailbox, thenMs } of steps) {
        for (let time = 0; time < times; time++) await doors[door](portal, mailbox)
        if (door === 'forgot' && mailbox === ada.email) await assertWayBack(portal, mailbox)
        if (['resend', 'register'].includes(door) && mailbox !== ada.email) await assertWayIn(portal, mailbox)
        clock.forward(thenMs)
      }
      for (const mailbox of mailboxes) await assertNotFilled(portal, mailbox)
    }),
    { numRuns: 3, seed: 7, endOnFailure: true },
  )
})

test('a day of asking at every door at once leaves room in the mailbox, and its owner a way back', {
  timeout: 120_000,
}, async () => {
  const clock = createTestClock()
  await using portal = await openPortal({ people: [ada], settings: behindProxy, clock })

  for (let third = 0; third < 26 * 3; third++) {
    for (const door of ['register', 'resend', 'forgot'] as const) await doors[door](portal, ada.email)
    if (third % 3 === 0) await doors.move(portal, ada.email)
    if (third % 9 === 0) await assertWayBack(portal, ada.email)
    clock.forward(HOUR_MS / 3)
  }

  await assertWayBack(portal, ada.email)
  await assertNotFilled(portal, ada.email, 8 + 30 + 8)
  const sent = await portal.database.outgoingMail.groupBy({ by: ['template'], _count: true })
  const countOf = (template: MailTemplate) => sent.find((each) => each.template === template)?._count ?? 0
  assert.ok(countOf('reset-password') >= 24, 'a link works for an hour, so there is one in every hour')
  for (const template of ['already-registered', 'email-wanted'] as const) {
    assert.ok(countOf(template) > 0, template)
    assert.ok(countOf(template) <= 16, 'what nobody needs again is sent less often')
  }
})

/** Within any hour and any day, whatever came before. */
async function assertNotFilled({ database, world }: Portal, recipient: string, mostADay = 8 + 30 + 30) {
  await world.afterwards.settle()
  const mails = await database.outgoingMail.findMany({ where: { recipient }, orderBy: { createdAt: 'asc' } })
  for (const { createdAt } of mails) {
    const within = (ms: number) =>
      mails.filter(
        (mail) => mail.createdAt >= createdAt && mail.createdAt.getTime() < createdAt.getTime() + ms,
      )
    assert.ok(within(HOUR_MS).length <= 9, `${recipient} got ${within(HOUR_MS).length} in an hour`)
    assert.ok(within(DAY_MS).length <= mostADay, `${recipient} got ${within(DAY_MS).length} in a day`)
  }
}

async function assertWayBack(portal: Portal, email: string) {
  const token = await findToken(portal, email, ['reset-password', 'set-password'])
  assert.equal((await portal.services.passwordReset.inspect(token)).outcome, 'usable')
}

async function assertWayIn(portal: Portal, email: string) {
  const token = await findToken(portal, email, ['verify-email', 'invitation'])
  const { outcome } = await portal.services.verification.inspect({ token, proofs: [] })
  assert.notEqual(outcome, 'expired')
}

/** In the newest email of these. */
async function findToken(
  { database, services, world }: Portal,
  recipient: string,
  templates: MailTemplate[],
) {
  await world.afterwards.settle()
  const where = { recipient, template: { in: templates } }
  const newest = await database.outgoingMail.findFirst({ where, orderBy: { createdAt: 'desc' } })
  const letter = newest && (await services.outbox.find(newest.id))
  return /token=([\w-]{43})/.exec(letter?.text ?? '')?.[1] ?? 'none'
}
