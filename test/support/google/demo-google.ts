import { openGoogle } from './honest-google.ts'

/** The offline Google of the demo. It lives as long as the process that started it, however that one ends. */
const { clientId, clientSecret, redirectUri } = JSON.parse(process.argv[2] ?? '{}')

process.on('SIGINT', () => {}) // Ctrl+C reaches both; the portal ends first
process.once('disconnect', () => process.exit())

const google = await openGoogle({ clientId, clientSecret, redirectUris: [redirectUri] })
process.send?.({ issuer: google.issuer })
