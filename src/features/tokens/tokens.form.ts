import { z } from 'zod'
import { GRANT_TYPES } from '../../domain/access-token/grant-type.ts'
import { DEFAULT_SCOPES, parseScopes, SCOPES } from '../../domain/access-token/scope.ts'
import { EXAMPLE_ACCESS_TOKEN, EXAMPLE_REFRESH_TOKEN, EXAMPLE_SESSION } from '../../domain/examples.ts'
import { loginField, passwordField } from '../../http/fields.ts'

const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type'
export const ACCESS_TOKEN_TYPE = `${TOKEN_TYPE}:access_token`
export const SESSION_TOKEN_TYPE = 'urn:gatehouse:params:oauth:token-type:session'

const parameter = z.string().optional()

const scopeField = parameter
  .transform((text, context) => {
    const scopes = text === undefined ? null : parseScopes(text)
    if (text !== undefined && scopes === null) context.addIssue('This scope is not known.')
    return scopes
  })
  .meta({
    description: `What the token allows: any of ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}, separated by spaces. Defaults to \`${DEFAULT_SCOPES.join(' ')}\`, or when refreshing to what it had before.`,
    example: 'account:read offline_access',
  })

const client = {
  client_id: parameter.meta({
    description:
      'The client, unless Basic authentication names it. Leave it out if your program is not registered.',
  }),
  client_secret: parameter.meta({ description: 'The secret of the client named in `client_id`.' }),
}

/** What every request for a token may hold; what each grant needs is said where it is granted. */
export const tokenForm = z.object({
  grant_type: parameter.meta({
    description: `One of ${Object.values(GRANT_TYPES)
      .map((type) => `\`${type}\``)
      .join(', ')}. Optional for an exchange.`,
  }),
  scope: scopeField,
  subject_token: parameter.meta({
    description: 'Exchange: the session’s secret. Defaults to the one in `Authorization`.',
    example: EXAMPLE_SESSION,
  }),
  subject_token_type: parameter.meta({
    description: `With \`subject_token\`: \`${SESSION_TOKEN_TYPE}\`.`,
    example: SESSION_TOKEN_TYPE,
  }),
  requested_token_type: z
    .enum([ACCESS_TOKEN_TYPE, `${TOKEN_TYPE}:jwt`])
    .optional()
    .meta({ description: 'Exchange: both mean the same here.' }),
  actor_token: z.never().optional().meta({ description: 'Not supported: nobody acts for somebody else.' }),
  audience: parameter.meta({
    description: 'Exchange: leave it out, or send the `aud` of this portal’s tokens.',
  }),
  resource: parameter.meta({ description: 'Exchange: same as `audience`.' }),
  refresh_token: parameter.meta({
    description: 'Refresh: the newest one. Sending an older one ends them all.',
    example: EXAMPLE_REFRESH_TOKEN,
  }),
  username: parameter.meta({ description: 'Password grant: email or username.', example: 'ada@example.com' }),
  password: parameter.meta({
    description: 'Password grant: the password.',
    example: 'sunset marble violin',
  }),
  ...client,
})
export type TokenForm = z.output<typeof tokenForm>

/** POST /auth/refresh, in JSON. */
export const refreshBody = z.object({
  refresh_token: z.string().meta({ description: 'The newest one.', example: EXAMPLE_REFRESH_TOKEN }),
  scope: scopeField,
  ...client,
})

/** POST /auth/revoke and /auth/introspect. */
export const tokenInQuestion = z.object({
  token: z
    .string()
    .min(1)
    .meta({ description: 'A refresh token or an access token.', example: EXAMPLE_ACCESS_TOKEN }),
  token_type_hint: parameter.meta({ description: 'Not needed: the portal can tell.' }),
  ...client,
})

/** What the grant calls `username` may also be an email address. */
export const loginOfGrant = z
  .object({ username: loginField, password: passwordField })
  .transform(({ username, password }) => ({ login: username, password }))
