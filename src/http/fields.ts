import { z } from 'zod'
import { EXAMPLE_LINK_TOKEN } from '../domain/examples.ts'
import { toEmailAddress } from '../domain/user/email-address.ts'
import { toUsername } from '../domain/user/username.ts'
import { toReturnTo } from './return-to.ts'

/** Nobody's name contains NUL, other control characters, bidirectional overrides or half characters. */
export const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u
const NAME_LENGTH = 80
const NAME_BYTES = 320
const LOGIN_LENGTH = 512
const PASSWORD_INPUT_LENGTH = 1_024

const text = (sentence: string) => z.string({ error: sentence })

export const emailField = text('Enter your email.')
  .transform((typed) => typed.trim())
  .pipe(z.string().min(1, 'Enter your email.'))
  .transform((typed, context) => {
    const email = toEmailAddress(typed)
    if (!email) context.addIssue('Enter one email address, like name@example.com.')
    return email ?? z.NEVER
  })
  .meta({ description: 'One address. Stored in lower case.', example: 'ada@example.com' })

/** An address or a username, in the spelling that is stored. Anything else matches nobody. */
export const loginField = z
  .string({ error: 'Enter your email or username.' })
  .transform((typed) => typed.trim())
  .pipe(
    z
      .string()
      .min(1, 'Enter your email or username.')
      .max(LOGIN_LENGTH, 'That’s too long for an email or username.'),
  )
  .refine((typed) => typed.isWellFormed() && !/\p{Cc}/u.test(typed), 'That has a character we can’t use.')
  .transform((typed) => toEmailAddress(typed) ?? toUsername(typed) ?? typed)
  .meta({ description: 'Email or username.', example: 'ada@example.com' })

/** Any text: the password policy decides what it must be like. */
export const passwordField = text('Enter your password.')
  .min(1, 'Enter your password.')
  .max(PASSWORD_INPUT_LENGTH, 'That password is too long.')
  .refine((typed) => typed.isWellFormed(), 'That password has a character we can’t use.')
  .meta({ example: 'sunset marble violin' })

/** One that is being chosen: of any length, because the policy says what is wrong with it. */
export const newPasswordField = text('Choose a password.')
  .refine((typed) => typed.isWellFormed(), 'That password has a character we can’t use.')
  .meta({ description: 'The new password.', example: 'sunset marble violin' })

export const nameField = text('Enter a name.')
  .transform((typed) => typed.trim().normalize('NFC'))
  .refine((name) => !UNPRINTABLE.test(name), 'That name has a character we can’t use.')
  .refine(
    (name) => [...name].length <= NAME_LENGTH && Buffer.byteLength(name) <= NAME_BYTES,
    `Use ${NAME_LENGTH} characters or fewer.`,
  )
  .transform((name) => name || null)
  .meta({ description: `At most ${NAME_LENGTH} characters.`, example: 'Ada Lovelace' })

export const usernameField = text('Enter a username.')
  .transform((typed, context) => {
    const username = toUsername(typed)
    if (username === null && typed.trim() !== '')
      context.addIssue('Use 3 to 32 letters, numbers, dots, hyphens or underscores.')
    return username
  })
  .meta({
    description: '3 to 32 letters, digits, dots, hyphens or underscores. Stored in lower case.',
    example: 'ada',
  })

/** A field that may be left out; null then. */
export const orNull = <T>(field: z.ZodType<T>) => field.nullish().transform((value) => value ?? null)

/** A checkbox of a form. */
export const checkboxField = z
  .enum(['1', 'on', 'true', '0', 'false', ''], { error: 'Choose yes or no.' })
  .default('')
  .transform((value) => value === '1' || value === 'on' || value === 'true')

/** The same in JSON. */
export const flagField = z.boolean({ error: 'Choose yes or no.' }).default(false)

export const returnToField = z.unknown().default('').transform(toReturnTo)

/** As people copy it: "123 456" is "123456". */
export const codeField = text('Enter the 6 digits from the email.')
  .transform((typed) => typed.replaceAll(/[\s-]/g, ''))
  .pipe(z.string().regex(/^\d{6}$/, 'Enter the 6 digits from the email.'))
  .meta({ description: 'The 6 digits from the email.', example: '294017' })

export const tokenField = text('That link isn’t complete.')
  .max(128, 'That link isn’t complete.')
  .meta({ description: 'The last part of the link in the email.', example: EXAMPLE_LINK_TOKEN })
