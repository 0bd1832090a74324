import type { Instant } from '../time.ts'
import type { Circumstances } from './circumstances.ts'

/** Something that the owner of an account should know. `where` is null where it is nobody else's business. */
export type NoticeLine = { title: string; text: string; when: string; where: string | null }
/** What one email tells of the account of `userId`, the oldest first; `more` is how many it leaves out. */
export type NoticeData = {
  userId: string
  name: string | null
  lines: NoticeLine[]
  more: number
  link: string
  expiresIn: string
  /** Until then it waits for more to tell. */
  dueAt: Instant
}
/** Every email the portal sends, with the data its template needs. */
export type MailContent =
  | {
      template: 'verify-email' | 'invitation'
      /** The code can be typed where the link cannot be opened; an invitation has none. */
      data: { name: string | null; link: string; code: string | null; expiresIn: string }
    }
  | {
      template: 'reset-password' | 'set-password'
      data: { name: string | null; link: string; expiresIn: string }
    }
  | { template: 'account-notice'; data: NoticeData }
  | { template: 'change-email'; data: { name: null; link: string; code: string; expiresIn: string } }
  | {
      template: 'email-change-asked' | 'email-changed'
      /** Not the new address: the old mailbox may be one that its owner leaves behind. */
      data: { name: string | null; link: string; deadline: string } & Circumstances
    }
  | {
      template: 'email-change-undone'
      data:
        | ({ name: string | null; undone: 'cancelled' | 'restored'; link: string } & Circumstances)
        /** To the address that was the new one; nobody who reads it hears where its owner was. */
        | { name: null; undone: 'removed'; link: string; when: string }
    }
  | { template: 'email-wanted'; data: { name: string | null; link: string } & Circumstances }
  | {
      template: 'deletion-requested'
      data: { name: string | null; link: string; deadline: string } & Circumstances
    }
  | { template: 'welcome'; data: { name: string | null; email: string; link: string } }
  | {
      template: 'new-administrator'
      /** `by` is the email of whoever made them one; null at the command line. */
      data: { name: string | null; email: string; by: string | null; when: string; link: string }
    }
  | { template: 'account-deleted'; data: { name: string | null } }
  | { template: 'many-wrong-passwords'; data: { name: string | null; link: string; when: string } }
  | {
      template: 'already-registered'
      /** How its owner signs in, as in "your password or Google"; null where there is no way yet. */
      data: { name: string | null; link: string; ways: string | null } & Circumstances
    }
  | { template: 'google-took-over'; data: { name: string | null; link: string } & Circumstances }
  | {
      template: 'refresh-token-reused'
      /** The client is null for our own programs, which have no name that people know. */
      data: { name: string | null; client: string | null; link: string } & Circumstances
    }

export type MailTemplate = MailContent['template']
export type OutgoingMail = MailContent & { id: string; recipient: string; createdAt: Date; attempts: number }
