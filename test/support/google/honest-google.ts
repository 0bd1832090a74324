import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Provider } from 'oidc-provider'
import { chooserPage, failurePage, style } from './account-chooser.ts'
import { createPersonas, inventPersona, type Persona } from './personas.ts'
import { createProviderSettings, type GoogleClient } from './provider-settings.ts'
import { openTravel } from './travel.ts'

type GoogleOptions = GoogleClient & { port?: number; personas?: Record<string, Persona> }

export type HonestGoogle = Awaited<ReturnType<typeof openGoogle>>

/** Sign in with Google, offline: a real OpenID Connect provider whose accounts are `personas`, to be changed at will. */
export async function openGoogle({ port = 0, personas: more = {}, ...client }: GoogleOptions) {
  const personas = Object.assign(createPersonas(), more)
  const requests: { method: string; path: string }[] = []
  const clientOrigins = new Set(client.redirectUris.map((uri) => new URL(uri).origin))
  const policy = [
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    `form-action 'self' ${[...clientOrigins].join(' ')}`,
  ].join('; ')

  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider: Provider = new Provider(
    issuer,
    await createProviderSettings({ ...client, personas, provider: () => provider }),
  )
  const answerAsProvider = provider.callback()

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '/' } = request
    const { pathname } = new URL(url, issuer)
    requests.push({ method, path: pathname })
    response.setHeader('content-security-policy', policy)
    response.setHeader('referrer-policy', 'no-referrer')

    if (pathname === '/style.css') return send(response, 200, 'text/css', style)
    if (!pathname.startsWith('/interaction/')) return answerAsProvider(request, response)
    chooseAccount(request, response).catch(() => {
      send(response, 400, 'text/html', failurePage('It was finished or left alone for too long.'))
    })
  })

  async function chooseAccount(request: IncomingMessage, response: ServerResponse) {
    await provider.interactionDetails(request, response)
    if (request.method !== 'POST') {
      const [origin = ''] = clientOrigins
      return send(response, 200, 'text/html', chooserPage({ personas, client: new URL(origin).host }))
    }
    const persona = readChoice(new URLSearchParams(await text(request)))
    const result = persona
      ? { login: { accountId: persona.sub }, consent: {}, select_account: {} }
      : { error: 'access_denied', error_description: 'The user cancelled the sign-in' }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  }

  function readChoice(form: URLSearchParams): Persona | null {
    const email = form.get('email')
    if (!email) return personas[form.get('persona') ?? ''] ?? null
    const persona = inventPersona(email)
    persona.emailVerified = form.has('verified')
    if (form.has('workspace')) persona.hd = email.split('@')[1]
    personas[email] = persona
    return persona
  }

  return {
    issuer,
    personas,
    requests,
    /** Walks through the pages as a browser does; the address of the client that Google sends back to, not visited. */
    async signInAs(authorizationUrl: string, persona: string): Promise<string> {
      if (!personas[persona]) throw new Error(`There is no persona named ${persona}`)
      return openTravel(issuer).answer(authorizationUrl, { persona })
    },
    /** The same, for somebody who changes their mind. */
    cancel: (authorizationUrl: string) => openTravel(issuer).answer(authorizationUrl, { cancel: 'yes' }),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function send(response: ServerResponse, status: number, type: string, content: string) {
  response
    .writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
    .end(content)
}
