import assert from 'node:assert/strict'
import { findFreePort } from '../free-port.ts'
import { openPortal } from '../portal.ts'
import type { Visitor } from '../visitor.ts'
import { openGoogle } from './honest-google.ts'
import { openLyingGoogle } from './lying-google.ts'

type PortalOptions = NonNullable<Parameters<typeof openPortal>[0]>

export const clientId = '42.apps.example'
export const clientSecret = 'a secret with : and %'

/** A portal that offers "Sign in with Google", and an offline Google that tells the truth. */
export function openPortalWithGoogle(options: PortalOptions = {}) {
  return openBoth(options, (redirectUri) =>
    openGoogle({ clientId, clientSecret, redirectUris: [redirectUri] }),
  )
}

/** The same with a Google that lies where a test wants it to. */
export function openPortalWithLiar(options: PortalOptions = {}) {
  return openBoth(options, () => openLyingGoogle({ clientId }))
}

async function openBoth<T extends { issuer: string; requests: { path: string }[]; close(): Promise<void> }>(
  { settings = {}, ...options }: PortalOptions,
  openProvider: (redirectUri: string) => Promise<T>,
) {
  const port = await findFreePort()
  const baseUrl = `http://localhost:${port}`
  const google = await openProvider(`${baseUrl}/auth/oauth/google/callback`)
  const portal = await openPortal({
    ...options,
    settings: {
      PORT: String(port),
      BASE_URL: baseUrl,
      GOOGLE_CLIENT_ID: clientId,
      GOOGLE_CLIENT_SECRET: clientSecret,
      GOOGLE_ISSUER: google.issuer,
      ...settings,
    },
  })

  /** Presses the button; where the browser is sent to. */
  async function leave(
    visitor: Visitor,
    form: Record<string, string> = {},
    headers?: Record<string, string>,
  ) {
    const answer = await visitor.submit('/auth/oauth/google', form, headers)
    const [, url] = /^0; url=(.+)$/.exec(answer.headers.refresh ?? '') ?? []
    assert.ok(url, `no way to Google: ${answer.status} ${answer.text}`)
    return url
  }

  return {
    portal,
    google,
    leave,
    /** Comes back with what the provider gave the browser. */
    comeBack: (visitor: Visitor, callback: string) => visitor.visit(callback.replace(portal.baseUrl, '')),
    /** How often somebody asked the provider to redeem a code. */
    redemptions: () => google.requests.filter(({ path }) => path === '/token').length,
    async [Symbol.asyncDispose]() {
      await portal[Symbol.asyncDispose]()
      await google.close()
    },
  }
}
