/**
 * Placeholders in descriptions for what only the reader can know; in shell lines a variable takes their place. Those for
 * secrets have the right shape but open nothing.
 */
export const EXAMPLE_SESSION = `s_${'example-'.repeat(8)}`
export const EXAMPLE_REFRESH_TOKEN = `r_${'example-'.repeat(8)}`
export const EXAMPLE_ACCESS_TOKEN =
  'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJleGFtcGxlIjp0cnVlfQ.ZXhhbXBsZQ'
export const EXAMPLE_LINK_TOKEN = 'the-token-of-the-mailed-link'
export const EXAMPLE_USER_ID = '7f9c24e5-2b1a-4c36-9d0f-8a51b3c7e642'
export const EXAMPLE_SESSION_ID = 'ses_Jt9GqyL3mK0fXw2hVbZr7nPd5sTc8uAe1oRi4xYkQ6E'
export const EXAMPLE_FAMILY_ID = 'fam_Qm7cV2xK9tLr4wZs1nHdJg'
