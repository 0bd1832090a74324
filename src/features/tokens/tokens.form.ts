import { z } from 'zod'
import { parseScopes } from '../../domain/access-token/scope.ts'
import { loginField, passwordField } from '../../http/fields.ts'

const OAUTH = 'urn:ietf:params:oauth'
export const ACCESS_TOKEN_TYPE = `${OAUTH}:token-type:access_token`
export const SESSION_TOKEN_TYPE = 'urn:gatehouse:params:oauth:token-type:session'
export const GRANT_TYPES = {
  exchange: `${OAUTH}:grant-type:token-exchange`,
  refresh: 'refresh_token',
  password: 'password',
} as const

const parameter = z.string().optional()

const scopeField = parameter.transform((text, context) => {
  const scopes = text === undefined ? null : parseScopes(text)
  if (text !== undefined && scopes === null) context.addIssue('This scope is not known.')
  return scopes
})

const client = { client_id: parameter, client_secret: parameter }

/** What every request for a token may hold; what each grant needs is said where it is granted. */
export const tokenForm = z.object({
  grant_type: parameter,
  scope: scopeField,
  subject_token: parameter,
  subject_token_type: parameter,
  requested_token_type: z.enum([ACCESS_TOKEN_TYPE, `${OAUTH}:token-type:jwt`]).optional(),
  actor_token: z.never().optional(),
  audience: parameter,
  resource: parameter,
  refresh_token: parameter,
  username: parameter,
  password: parameter,
  ...client,
})
export type TokenForm = z.output<typeof tokenForm>

/** POST /auth/refresh, in JSON. */
export const refreshBody = z.object({ refresh_token: z.string(), scope: scopeField, ...client })

/** POST /auth/revoke and /auth/introspect. */
export const tokenInQuestion = z.object({ token: z.string().min(1), token_type_hint: parameter, ...client })

/** The grant calls `username` what may be an address as well. */
export const loginOfGrant = z
  .object({ username: loginField, password: passwordField })
  .transform(({ username, password }) => ({ login: username, password }))
