/** How one may ask for a token: RFC 8693 §2.1, RFC 6749 §6 and §4.3.2. */
export const GRANT_TYPES = {
  exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  refresh: 'refresh_token',
  password: 'password',
} as const
