import supertest from 'supertest'

export type Visitor = ReturnType<typeof createVisitor>
export type Answer = supertest.Response
type Headers = Record<string, string>
type Cookie = { value: string; attributes: string }

/** Somebody with a browser of their own: it keeps cookies and says, as browsers do, which site a form comes from. */
export function createVisitor(baseUrl: string, always: Headers = {}, address = baseUrl) {
  const portal = supertest(address)
  const jar = new Map<string, Cookie>()
  const fromOwnPage = { 'sec-fetch-site': 'same-origin', origin: baseUrl }

  function keepCookies(answer: Answer) {
    const lines = (answer.headers['set-cookie'] ?? []) as unknown as string[]
    for (const line of lines) {
      const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? []
      if (/expires=Thu, 01 Jan 1970/i.test(attributes)) jar.delete(name)
      else jar.set(name, { value, attributes })
    }
  }

  async function send(request: supertest.Test, headers: Headers = {}): Promise<Answer> {
    const cookie = [...jar].map(([name, { value }]) => `${name}=${value}`).join('; ')
    const answer = await request
      .set({
        accept: 'text/html',
        'user-agent': 'Firefox/140.0 (X11; Linux)',
        ...(cookie && { cookie }),
        ...always,
        ...headers,
      })
      .redirects(0)
      .ok(() => true)
    keepCookies(answer)
    return answer
  }

  const visit = (path: string, headers?: Headers) => send(portal.get(path), headers)

  return {
    jar,

    visit,

    /** A mailed link, as a browser opens it: it goes on to the address without the token. */
    async openLink(path: string): Promise<Answer> {
      const left = await visit(path)
      return left.status === 303 ? visit(left.headers.location ?? '') : left
    },

    /** Sends a form from one of our own pages. */
    submit: (path: string, form: Record<string, string> | string = {}, headers?: Headers) =>
      send(portal.post(path).type('form').send(form), { ...fromOwnPage, ...headers }),

    /** Sends JSON as a script of our own pages would. */
    post: (path: string, body: unknown, headers?: Headers) =>
      send(portal.post(path).type('json').send(JSON.stringify(body)), {
        accept: 'application/json',
        ...fromOwnPage,
        ...headers,
      }),

    /** Any request, as it is. */
    request: (
      method: 'get' | 'post' | 'put' | 'patch' | 'delete' | 'options' | 'head',
      path: string,
      headers?: Headers,
    ) => send(portal[method](path), headers),

    plantCookie: (name: string, value: string) => jar.set(name, { value, attributes: '' }),

    cookie: (name: string) => jar.get(name) ?? null,

    /** The `s_…` in the session cookie, null for somebody who has none. */
    sessionSecret(): string | null {
      const cookie = jar.get('session') ?? jar.get('__Host-session')
      return cookie ? (/s_[\w-]{64}/.exec(decodeURIComponent(cookie.value))?.[0] ?? null) : null
    },
  }
}

/** A program with no cookies and no browser's headers. */
export function createClient(baseUrl: string, always: Headers = {}) {
  const portal = supertest(baseUrl)
  const send = (request: supertest.Test, headers: Headers = {}): Promise<Answer> =>
    request
      .set({ accept: 'application/json', ...always, ...headers })
      .redirects(0)
      .ok(() => true)
      .then((answer) => answer)
  const as = (secret: string | undefined) => (secret ? { authorization: `Bearer ${secret}` } : undefined)

  return {
    /** Any request; a body is sent as JSON. */
    call: (
      method: 'get' | 'post' | 'put' | 'patch' | 'delete',
      path: string,
      secret?: string,
      body?: unknown,
    ) =>
      send(
        body === undefined
          ? portal[method](path)
          : portal[method](path).type('json').send(JSON.stringify(body)),
        as(secret),
      ),
    get: (path: string, secret?: string) => send(portal.get(path), as(secret)),
    post: (path: string, body?: unknown, secret?: string) =>
      send(
        body === undefined ? portal.post(path) : portal.post(path).type('json').send(JSON.stringify(body)),
        as(secret),
      ),
    send,
    portal,
  }
}
