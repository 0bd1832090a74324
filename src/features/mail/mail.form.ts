import { z } from 'zod'
import { MAIL_STATES } from '../../domain/outgoing-mail/mail-list.ts'
import { toEmailAddress } from '../../domain/user/email-address.ts'
import { perPageField } from '../../http/paging.ts'
import { placeField } from '../../http/place.ts'

const RECIPIENT_LENGTH = 254

export const stateField = z.enum(MAIL_STATES, { error: `Choose one of ${MAIL_STATES.join(', ')}.` })

/** What is no address matches no email. */
export const recipientField = z
  .string({ error: 'Use one text.' })
  .max(RECIPIENT_LENGTH, 'That’s too long for an email.')
  .refine((typed) => typed.isWellFormed() && !/\p{Cc}/u.test(typed), 'That has a character we can’t use.')
  .transform((typed) => toEmailAddress(typed.trim()) ?? typed.trim())

/** Every part may be left out, or left empty. */
export const mailQuery = z.preprocess(
  (query) => Object.fromEntries(Object.entries(query as object).filter(([, value]) => value !== '')),
  z
    .object({
      state: stateField.optional(),
      to: recipientField.optional(),
      per_page: perPageField,
      after: placeField,
    })
    .transform(({ state, to, per_page, after }) => ({
      filter: { state: state ?? null, recipient: to ?? null },
      after,
      perPage: per_page,
    })),
)

export const mailIdField = z.uuid('Use an id from "gatehouse mail list".')
export const mailForm = z.object({ id: mailIdField })
