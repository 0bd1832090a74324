import type { Circumstances } from './circumstances.ts'

/** By the mailed link, by whoever was signed in, or where there was none before. */
export type PasswordChange = 'reset' | 'changed' | 'added'
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
  | {
      template: 'password-changed'
      /** `removedGoogle` are the emails of Google accounts that no longer open the account. */
      data: {
        name: string | null
        how: PasswordChange
        removedGoogle: string[]
        link: string
      } & Circumstances
    }
  | {
      template: 'deletion-requested'
      data: { name: string | null; link: string; deadline: string } & Circumstances
    }
  | { template: 'welcome'; data: { name: string | null; email: string; link: string } }
  | { template: 'account-deleted'; data: { name: string | null } }
  | { template: 'many-wrong-passwords'; data: { name: string | null; link: string; when: string } }
  | { template: 'already-registered'; data: { name: string | null; link: string } & Circumstances }
  | { template: 'google-took-over'; data: { name: string | null; link: string } & Circumstances }
  | {
      template: 'identity-linked' | 'identity-unlinked'
      /** `provider` as people call it; `account` is the email of the account there. */
      data: { name: string | null; provider: string; account: string; link: string } & Circumstances
    }
  | {
      template: 'refresh-token-reused'
      /** The client is null for our own programs, which have no name that people know. */
      data: { name: string | null; client: string | null; link: string } & Circumstances
    }

export type MailTemplate = MailContent['template']
export type OutgoingMail = MailContent & { id: string; recipient: string; createdAt: Date; attempts: number }
