/** What stands in descriptions where a secret would be: each of the right shape, and good for nothing. */
export const EXAMPLE_SESSION = `s_${'example-'.repeat(8)}`
export const EXAMPLE_REFRESH_TOKEN = `r_${'example-'.repeat(8)}`
export const EXAMPLE_ACCESS_TOKEN =
  'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJleGFtcGxlIjp0cnVlfQ.ZXhhbXBsZQ'
