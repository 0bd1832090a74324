import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { DescribeRequest } from '../outgoing-mail/circumstances.ts'
import { hasRoom } from '../outgoing-mail/mail-room.ts'
import type { Repositories } from '../repositories.ts'
import { hashSecret, randomSecret } from '../secret.ts'
import { DAY_MS, HOUR_MS, later, toReadable } from '../time.ts'
import type { User } from '../user/user.ts'
import type { MailedCodes } from './mailed-codes.ts'
import type { OneTimeLink } from './one-time-link.repository.ts'

export type EmailChangeMails = ReturnType<typeof createEmailChangeMails>
type Dependencies = { codes: MailedCodes; baseUrl: string; describeRequest: DescribeRequest; clock: Clock }
type Owner = Pick<User, 'id' | 'email' | 'emailVerifiedAt' | 'displayName'>
/** What waits to be proved: that this address is this user's. */
type Wanted = Pick<OneTimeLink, 'userId' | 'email'>

const PROOF_LASTS_MS = DAY_MS
const UNDO_LASTS_MS = 72 * HOUR_MS

/** The emails about a change of address, and the links in them. Each is part of the transaction that causes it. */
export function createEmailChangeMails({ codes, baseUrl, describeRequest, clock }: Dependencies) {
  const toLink = (
    kind: OneTimeLink['kind'],
    { userId, email }: Wanted,
    { token, lastsMs }: { token: string; lastsMs: number },
  ): OneTimeLink => ({
    tokenHash: hashSecret(token),
    kind,
    userId,
    email,
    codeHash: null,
    returnTo: null,
    createdAt: clock.now(),
    expiresAt: later(clock.now(), lastsMs),
  })

  /** With a way back, where somebody has proved to read that mailbox. Call it while holding the user's row. */
  async function tellOwner(
    { links, mails }: Repositories,
    { id: userId, email, emailVerifiedAt, displayName }: Owner,
    { template, origin }: { template: 'email-change-asked' | 'email-changed'; origin: Origin },
  ): Promise<void> {
    if (!emailVerifiedAt) return
    const token = randomSecret()
    const link = toLink('undo-email-change', { userId, email }, { token, lastsMs: UNDO_LASTS_MS })
    // Which mailbox came first decides whose word counts, whatever the clocks of two processes say.
    const last = await links.findNewest('undo-email-change', userId)
    await links.add({ ...link, createdAt: last && last >= link.createdAt ? later(last, 1) : link.createdAt })
    const data = {
      name: displayName,
      link: `${baseUrl}/undo-email-change?token=${token}`,
      deadline: toReadable(link.expiresAt),
      ...describeRequest(origin),
    }
    await mails.insert(email, { template, data }, link.createdAt)
  }

  /** The mailbox that the account goes back from: with nothing that undoes it. */
  async function tellLeft({ mails }: Pick<Repositories, 'mails'>, { email }: Owner): Promise<void> {
    const now = clock.now()
    const data = { name: null, undone: 'removed', link: `${baseUrl}/login`, when: toReadable(now) } as const
    await mails.insert(email, { template: 'email-change-undone', data }, now)
  }

  return {
    tellOwner,
    tellLeft,

    /** From now on this address waits to be proved, and no other. Nobody has a link or a code for it yet. */
    async expect({ links }: Repositories, wanted: Wanted): Promise<void> {
      await links.replace(toLink('change-email', wanted, { token: randomSecret(), lastsMs: PROOF_LASTS_MS }))
    },

    /** Asked for once more: it waits from now on, whether or not another email can be written. */
    async expectOn({ links }: Repositories, pending: OneTimeLink): Promise<void> {
      const createdAt = clock.now()
      await links.replace({ ...pending, createdAt, expiresAt: later(createdAt, PROOF_LASTS_MS) })
    },

    /** A new link and a new code, unless the mailbox has had enough lately: then those in the last email stay good. */
    async sendProof(parts: Repositories, pending: OneTimeLink): Promise<void> {
      const { userId, email, codeHash } = pending
      const now = clock.now()
      const [template, hasLink] = ['change-email', codeHash !== null] as const
      if (!(await hasRoom(parts, { id: userId, email }, { template, now, hasLink }))) return
      const [token, code] = [randomSecret(), codes.make()]
      const tokenHash = hashSecret(token)
      // Its times stay: the member may read them, and they are the same for an address that has an account.
      await parts.links.replace({ ...pending, tokenHash, codeHash: codes.hash(code, tokenHash) })
      // No name in this email: the mailbox may be somebody else's.
      const address = `${baseUrl}/account/email/confirm?token=${token}`
      const data = { name: null, link: address, code, expiresIn: '1 day' }
      await parts.mails.insert(email, { template, data }, now)
    },

    /** The owner of an address that somebody else wanted to have. Call it while holding the owner's row. */
    async tellHolder(parts: Repositories, owner: Owner, origin: Origin): Promise<void> {
      const now = clock.now()
      const template = 'email-wanted'
      if (!(await hasRoom(parts, owner, { template, now }))) return
      const name = owner.emailVerifiedAt ? owner.displayName : null
      const data = { name, link: `${baseUrl}/login`, ...describeRequest(origin) }
      await parts.mails.insert(owner.email, { template, data }, now)
    },

    async tellCancelled({ mails }: Repositories, owner: Owner, origin: Origin): Promise<void> {
      if (!owner.emailVerifiedAt) return
      const data = { ...toOwner(owner), undone: 'cancelled', ...describeRequest(origin) } as const
      await mails.insert(owner.email, { template: 'email-change-undone', data }, clock.now())
    },

    /** Both: the mailbox that has the account again, and the one that has it no more. */
    async tellRestored(
      { mails }: Repositories,
      { to, owner, origin }: { to: string; owner: Owner; origin: Origin },
    ): Promise<void> {
      const data = { ...toOwner(owner), undone: 'restored', ...describeRequest(origin) } as const
      await mails.insert(to, { template: 'email-change-undone', data }, clock.now())
      await tellLeft({ mails }, owner)
    },
  }

  function toOwner({ displayName }: Owner) {
    return { name: displayName, link: `${baseUrl}/forgot-password` }
  }
}
