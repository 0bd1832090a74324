import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { createForger, type TokenLie } from './forged-id-token.ts'

type Place = 'discovery' | 'jwks' | 'token'

export type Lie = TokenLie & {
  discovery?: Record<string, unknown>
  /** What the authorization page sends back instead of a code. */
  authorizationError?: { error: string; error_description?: string }
  /** A redirect leads to a place that gives the token out. */
  tokenStatus?: number
  jwksStatus?: number
  tokenBody?: 'garbage' | 'html' | 'huge' | 'empty'
  delayMs?: Partial<Record<Place, number>>
  /** Takes the request and never answers. */
  hang?: Place
}

const bodies = {
  garbage: '{"access_token": "abc", "id_tok',
  html: '<!doctype html><title>Service unavailable</title><script>alert(1)</script>',
  huge: JSON.stringify({ access_token: 'a'.repeat(2 * 1024 * 1024) }),
  empty: '',
}

export type LyingGoogle = Awaited<ReturnType<typeof openLyingGoogle>>

/** An OpenID Connect provider that tells the truth until a test sets its `lie`. */
export async function openLyingGoogle({ clientId }: { clientId: string }) {
  const forger = await createForger()
  const nonces = new Map<string, string | null>()
  let lastNonce: string | null = null
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const google = {
    issuer,
    lie: {} as Lie,
    requests: [] as { method: string; path: string }[],
    signIn,
    rotateKeys: forger.rotateKeys,
    close,
  }

  const places: Record<string, (request: IncomingMessage, response: ServerResponse, url: URL) => unknown> = {
    '/.well-known/openid-configuration': discover,
    '/jwks': giveKeys,
    '/authorize': authorize,
    '/token': giveToken,
    '/elsewhere': async (request, response) => giveJson(response, await tokenFor(request)),
  }

  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '/', issuer)
    google.requests.push({ method: request.method ?? '', path: url.pathname })
    const answer = places[url.pathname]
    if (!answer) return response.writeHead(404).end()
    Promise.resolve(answer(request, response, url)).catch(() => response.destroy())
  })

  /** Whether there is an answer at all. */
  async function keepWaiting(place: Place) {
    await pause(google.lie.delayMs?.[place] ?? 0)
    return google.lie.hang !== place
  }

  async function discover(_request: IncomingMessage, response: ServerResponse) {
    if (!(await keepWaiting('discovery'))) return
    giveJson(response, {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      ...google.lie.discovery,
    })
  }

  async function giveKeys(_request: IncomingMessage, response: ServerResponse) {
    if (await keepWaiting('jwks')) giveJson(response, forger.keys(), google.lie.jwksStatus)
  }

  function authorize(_request: IncomingMessage, response: ServerResponse, { searchParams: asked }: URL) {
    const back = new URL(asked.get('redirect_uri') ?? '/', issuer)
    const code = randomUUID()
    lastNonce = asked.get('nonce')
    nonces.set(code, lastNonce)
    const answer = { state: asked.get('state') ?? '', ...(google.lie.authorizationError ?? { code }) }
    for (const [name, value] of Object.entries(answer)) back.searchParams.set(name, value)
    response.writeHead(302, { location: back.href }).end()
  }

  async function giveToken(request: IncomingMessage, response: ServerResponse) {
    if (!(await keepWaiting('token'))) return
    const { tokenStatus = 200, tokenBody } = google.lie
    if (tokenStatus >= 300 && tokenStatus < 400) response.setHeader('location', `${issuer}/elsewhere`)
    if (!tokenBody) return giveJson(response, await tokenFor(request), tokenStatus)
    const type = tokenBody === 'html' ? 'text/html' : 'application/json'
    response.writeHead(tokenStatus, { 'content-type': type }).end(bodies[tokenBody])
  }

  async function tokenFor(request: IncomingMessage) {
    const code = new URLSearchParams(await text(request)).get('code') ?? ''
    const nonce = nonces.has(code) ? (nonces.get(code) ?? null) : lastNonce // a detour may have lost the code
    const idToken = await forger.forge({ issuer, clientId, nonce }, google.lie)
    return {
      access_token: randomUUID(),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'openid',
      id_token: idToken,
    }
  }

  /** The address of the client that the provider sends back to, not visited. */
  async function signIn(authorizationUrl: string): Promise<string> {
    const response = await fetch(authorizationUrl, { redirect: 'manual' })
    return response.headers.get('location') ?? ''
  }

  async function close() {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }

  return google
}

function giveJson(response: ServerResponse, content: unknown, status = 200) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
}
