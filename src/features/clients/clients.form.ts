import { z } from 'zod'
import { SCOPES, type Scope } from '../../domain/access-token/scope.ts'
import { nameField } from '../../http/fields.ts'

export const clientNameField = nameField.transform((name, context) => {
  if (!name) context.addIssue('Enter a name.')
  return name ?? z.NEVER
})

/** As in RFC 6749 §3.3: words with spaces between them. */
export const scopeField = z.string().transform((typed, context): Scope[] => {
  const words = typed.split(' ').filter(Boolean)
  const known = SCOPES.filter((scope) => words.includes(scope))
  if (new Set(words).size > known.length) context.addIssue(`Choose from ${SCOPES.join(', ')}.`)
  return known
})
