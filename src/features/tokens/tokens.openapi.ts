import { GRANT_TYPES } from '../../domain/access-token/grant-type.ts'
import {
  EXAMPLE_ACCESS_TOKEN,
  EXAMPLE_REFRESH_TOKEN,
  EXAMPLE_SESSION,
  EXAMPLE_SESSION_ID,
  EXAMPLE_USER_ID,
} from '../../domain/examples.ts'
import type { Operations } from '../../http/operation.ts'
import { introspection } from './introspection.ts'
import { tokenAnswer } from './token-answer.ts'
import { refreshBody, SESSION_TOKEN_TYPE, tokenForm, tokenInQuestion } from './tokens.form.ts'

const answers = { 200: { description: 'The tokens. `Cache-Control: no-store`.', schema: tokenAnswer } }
const grants = {
  'Exchange a session': {
    grant_type: GRANT_TYPES.exchange,
    subject_token: EXAMPLE_SESSION,
    subject_token_type: SESSION_TOKEN_TYPE,
    scope: 'account:read offline_access',
  },
  Refresh: { grant_type: GRANT_TYPES.refresh, refresh_token: EXAMPLE_REFRESH_TOKEN },
  'With a password': {
    grant_type: GRANT_TYPES.password,
    username: 'ada@example.com',
    password: 'sunset marble violin',
  },
}

export const tokensOperations: Operations = {
  'POST /auth/token': {
    summary: 'Get tokens',
    description:
      'Exchanges a session for an access token (RFC 8693), and for a refresh token if the scope includes `offline_access`. A request with a session in `Authorization` and no body is an exchange too. A refresh token gets the next tokens (RFC 6749 §6). Send it again within seconds and you get the same answer; send it later and all its tokens end. The password grant works only with `PASSWORD_GRANT=on`, and always returns a refresh token.',
    callers: 'grantees',
    body: { as: 'form', isOptional: true, schema: tokenForm, examples: grants },
    answers,
    refusals: [
      'invalid_request',
      'invalid_client',
      'invalid_grant',
      'invalid_scope',
      'invalid_target',
      'unsupported_grant_type',
    ],
    problems: ['email_unverified', 'too_many_attempts', 'overloaded'],
  },
  'POST /auth/refresh': {
    summary: 'Refresh tokens, in JSON',
    description: 'Same as the refresh grant, with a JSON body.',
    callers: 'anyClient',
    body: {
      as: 'json',
      schema: refreshBody,
      examples: { refresh: { refresh_token: EXAMPLE_REFRESH_TOKEN } },
    },
    answers,
    refusals: ['invalid_request', 'invalid_client', 'invalid_grant', 'invalid_scope'],
  },
  'POST /auth/revoke': {
    summary: 'Revoke a token',
    description:
      'Ends a refresh token and all other refresh tokens from its exchange (RFC 7009); this API accepts an access token that was already issued until it expires. Revoking an access token ends the refresh token it came with. An access token that came alone cannot be revoked: it expires in minutes, or ends with its session. An unknown token, or one of another client, gets the same answer and nothing happens.',
    callers: 'anyClient',
    body: {
      as: 'form',
      schema: tokenInQuestion,
      examples: { 'a refresh token': { token: EXAMPLE_REFRESH_TOKEN } },
    },
    answers: { 200: { description: 'Ended, if the token belongs to this client.' } },
    refusals: ['invalid_request', 'invalid_client', 'unsupported_token_type'],
  },
}

export const introspectionOperations: Operations = {
  'POST /auth/introspect': {
    summary: 'Check a token',
    description:
      'Tells whether a token is valid right now (RFC 7662). An access token is no longer active once its session has ended, even though its signature still verifies. A refresh token is only shown to the client that holds it.',
    callers: 'secretClients',
    body: {
      as: 'form',
      schema: tokenInQuestion,
      examples: { 'an access token': { token: EXAMPLE_ACCESS_TOKEN } },
    },
    answers: {
      200: {
        description: 'What the token allows, or that it is not active.',
        schema: introspection,
        examples: {
          active: {
            active: true,
            token_type: 'Bearer',
            iss: 'https://login.example.com',
            aud: 'https://login.example.com',
            sub: EXAMPLE_USER_ID,
            client_id: 'gatehouse',
            sid: EXAMPLE_SESSION_ID,
            scope: 'account:read account:write',
            iat: 1_795_248_000,
            exp: 1_795_248_600,
            jti: 'b6f8a9de-03c1-4f0e-8d4e-5f2f1c1b7a90',
            auth_time: 1_795_247_400,
            role: 'user',
          },
          'not active': { active: false },
        },
      },
    },
    refusals: ['invalid_request', 'invalid_client'],
  },
}
