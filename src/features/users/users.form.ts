import { z } from 'zod'
import { toEmailAddress } from '../../domain/user/email-address.ts'
import { ROLES } from '../../domain/user/user.ts'
import {
  toSearchName,
  USER_SORTS,
  USER_STATUSES,
  type UserOrder,
  type UserStatus,
} from '../../domain/user/user-list.ts'
import { emailField, nameField, orNull, UNPRINTABLE, usernameField } from '../../http/fields.ts'
import { aNumber, numberField, perPageField } from '../../http/paging.ts'
import { readCursor } from './cursor.ts'

const PAGES_AT_MOST = 100
const REASON_LENGTH = 200

const roleField = z.enum(ROLES, { error: 'Choose user or admin.' })
const activeField = z
  .boolean({ error: 'Choose true or false.' })
  .meta({ description: 'Whether the account can be used.', example: true })
/** As its owner is told. */
export const reasonField = z
  .string({ error: 'Use one text.' })
  .transform((typed) => typed.trim().normalize('NFC'))
  .refine((reason) => !UNPRINTABLE.test(reason), 'That has a character we can’t use.')
  .refine((reason) => [...reason].length <= REASON_LENGTH, `Use ${REASON_LENGTH} characters or fewer.`)
  .transform((reason) => reason || null)
  .meta({ description: `At most ${REASON_LENGTH} characters. Its owner reads it.`, example: 'On leave' })
const untilField = z.iso
  .datetime({ offset: true, error: 'Use a time like 2026-12-01T00:00:00Z.' })
  .transform((typed) => new Date(typed).toISOString())
  .refine((instant) => instant.length === '2026-12-01T00:00:00.000Z'.length, 'Choose an earlier time.')
  .meta({
    description: 'When the account comes back by itself.',
    example: '2026-12-01T00:00:00Z',
    override: { type: 'string', format: 'date-time' },
  })

export const endIsPast = {
  field: 'deactivated_until',
  code: 'in_the_past',
  message: 'Choose a time that is still to come.',
}

const names = { display_name: orNull(nameField), username: orNull(usernameField) }
const namesToChange = {
  display_name: nameField.nullable().optional(),
  username: usernameField.nullable().optional(),
}

/** PUT: what is left out is removed. The other fields of a user (id, email …) may be sent and are ignored. */
export const profileBody = z.object(names).transform(toChanges)

/** PATCH: what is left out stays. */
export const profilePatch = z.object(namesToChange).transform(toChanges)

export const userBody = z
  .object({
    ...names,
    role: roleField,
    is_active: activeField,
    deactivation_reason: orNull(reasonField),
    deactivated_until: orNull(untilField),
  })
  .transform(toChanges)

export const userPatch = z
  .object({
    ...namesToChange,
    role: roleField.optional(),
    is_active: activeField.optional(),
    deactivation_reason: reasonField.nullable().optional(),
    deactivated_until: untilField.nullable().optional(),
  })
  .superRefine(refuseStray)
  .transform(toChanges)

/** No password: only the owner chooses one. */
export const newUserBody = z
  .object({ email: emailField, ...names, role: roleField.default('user') })
  .transform(({ display_name, ...rest }) => ({ ...rest, displayName: display_name }))

/** Addresses like test1@example.com, for which the number is found. */
export const testUserForm = z
  .object({ prefix: z.string(), domain: z.string(), role: roleField })
  .transform(({ prefix, domain, role }, context) => {
    const email = toEmailAddress(`${prefix}1@${domain}`)
    if (!email) context.addIssue('Use a prefix and a domain that make an email, like test and example.com.')
    const [local = '', host = ''] = (email ?? '').split('@')
    return { prefix: local.slice(0, -1), domain: host, role }
  })

/** As the page sends it: an empty field is one that was left out. */
export const newUserForm = z
  .object({
    email: emailField,
    display_name: nameField,
    username: usernameField,
    role: roleField.default('user'),
  })
  .transform(({ display_name, ...rest }) => ({ ...rest, displayName: display_name }))

const searchField = z
  .string({ error: 'Use one text.' })
  .max(254, 'That’s too long for an email.')
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'That has a character we can’t use.')
  .transform((text) => toSearchName(text.trim()) || null)

export const userListParameters = z.object({
  search: searchField
    .optional()
    .transform((text) => text ?? null)
    .meta({ description: 'The start of an email, a username or a name.', example: 'ada' }),
  role: roleField.optional(),
  status: z.enum(USER_STATUSES, { error: `Choose one of ${USER_STATUSES.join(', ')}.` }).optional(),
  sort: z
    .enum(USER_SORTS, { error: `Choose one of ${USER_SORTS.join(', ')}.` })
    .optional()
    .meta({ description: 'A minus reverses the order. Defaults to `-created_at`.' }),
  page: numberField
    .refine((page) => page <= PAGES_AT_MOST, `Go beyond page ${PAGES_AT_MOST} with "after".`)
    .optional()
    .meta({ description: 'Instead of `after`.', override: { ...aNumber, maximum: PAGES_AT_MOST } }),
  per_page: perPageField,
  after: z
    .string({ error: 'Use one cursor.' })
    .optional()
    .meta({ description: 'The `next` of the previous page. Every page is equally fast.' }),
})

/** Every part may be left out, or left empty. */
export const userListQuery = z.preprocess(
  (query) => Object.fromEntries(Object.entries(query as object).filter(([, value]) => value !== '')),
  userListParameters.transform(({ search, role, status, sort, page, per_page, after }, context) => {
    const order: UserOrder | null =
      after === undefined ? { sort: sort ?? '-created_at', after: null } : readCursor(after)
    const isOfThisList = order && (sort === undefined || order.sort === sort) && !(after && page)
    if (!isOfThisList) {
      const message = 'Use what "next" was in the page before, in the same order and without "page".'
      context.addIssue({ code: 'custom', path: ['after'], message })
      return z.NEVER
    }
    return {
      order,
      filter: { search, role: role ?? null, ...toState(status) },
      page: page ?? null,
      perPage: per_page,
    }
  }),
)
export type UserListQuery = z.output<typeof userListQuery>

function toState(status: UserStatus | undefined) {
  const isActive = status === 'active' ? true : status === 'deactivated' ? false : null
  return { isActive, isConfirmed: status === 'unconfirmed' ? false : null }
}

type Said = {
  is_active?: boolean
  deactivation_reason?: string | null
  deactivated_until?: string | null
}
type Typed<T> = { display_name?: string | null } & Said & T

function toChanges<T>(typed: Typed<T>) {
  const { display_name, is_active, deactivation_reason: reason, deactivated_until: until, ...rest } = typed
  return { ...rest, displayName: display_name, isActive: is_active, deactivation: { reason, until } }
}

function refuseStray({ is_active, ...said }: Said, context: z.RefinementCtx) {
  if (is_active === false) return
  const names = ['deactivation_reason', 'deactivated_until'] as const
  const message = 'Leave this out, or send "is_active": false with it.'
  for (const name of names) if (said[name]) context.addIssue({ code: 'custom', path: [name], message })
}
