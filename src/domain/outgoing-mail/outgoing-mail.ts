/** Every mail of the portal, with what its template needs. */
export type MailContent =
  | {
      template: 'verify-email' | 'invitation'
      /** The code can be typed where the link cannot be opened; an invitation has none. */
      data: { name: string | null; link: string; code: string | null; expiresIn: string }
    }
  | { template: 'already-registered'; data: { name: string | null; link: string; when: string } }
  | { template: 'google-took-over'; data: { name: string | null; link: string } }
  | {
      template: 'google-linked'
      data: { name: string | null; googleEmail: string; link: string; when: string }
    }
  | {
      template: 'refresh-token-reused'
      /** The client is null for a program of our own, which has no name that people know. */
      data: { name: string | null; client: string | null; link: string; when: string }
    }

export type OutgoingMail = MailContent & { id: string; recipient: string; createdAt: Date; attempts: number }
