import { z } from 'zod'
import { parseScopes, SCOPES } from '../../domain/access-token/scope.ts'
import { nameField } from '../../http/fields.ts'

export const clientNameField = nameField.transform((name, context) => {
  if (!name) context.addIssue('Enter a name.')
  return name ?? z.NEVER
})

/** As in RFC 6749 §3.3: words with spaces between them. */
export const scopeField = z.string().transform((typed, context) => {
  const scopes = parseScopes(typed)
  if (!scopes) context.addIssue(`Choose from ${SCOPES.join(', ')}.`)
  return scopes ?? z.NEVER
})
