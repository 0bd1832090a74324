import { listSampleMails, sampleReaders } from '../../src/domain/outgoing-mail/mail-samples.ts'
import type { MailContent } from '../../src/domain/outgoing-mail/outgoing-mail.ts'

/** Every email of the portal, to a person whose name and addresses are as long as they may be. */
export function listLongestMails(baseUrl: string): MailContent[] {
  return listSampleMails(sampleReaders.long, baseUrl)
}
