import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { ada } from './people.ts'
import { openPortal } from './portal.ts'

type Ask = { method?: string; path: string; secret?: string; body?: unknown }
type Answer = { status: number; body: string }
type Crowd = { port: number; people: number; clients: number }

/** Clients that keep their connections and never stop asking, sign-ins and sign-outs included, each answer being judged. */
export function openSteadyCrowd({ port, people, clients }: Crowd) {
  const troubles: string[] = []
  const asked = { requests: 0, signIns: 0 }
  let isOver = false
  const done = Promise.all(Array.from({ length: clients }, (_, number) => keepAsking(number)))

  async function keepAsking(client: number) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let round = 0; !isOver; round++) await comeAndGo({ agent, number: client + clients * round })
    agent.destroy()
  }

  /** Signs in, is known, signs out, and is known no more. */
  async function comeAndGo({ agent, number }: { agent: Agent; number: number }) {
    const email = toEmail(number % people)
    const login = { login: email, password: ada.password }
    const send = (ask: Ask) => sendOn(agent, { ...ask, number })
    const signedIn = await send({ method: 'POST', path: '/auth/login', body: login })
    if (!expect('sign in', signedIn, { status: 200, words: email })) return
    asked.signIns++
    const secret = JSON.parse(signedIn.body).session.id
    for (let check = 0; check < 15; check++)
      expect('check', await send({ path: '/auth/me', secret }), { status: 200, words: email })
    expect('page', await send({ path: '/login' }), { status: 200, words: '</html>' })
    const signedOut = await send({ method: 'POST', path: '/auth/logout', secret })
    if (!expect('sign out', signedOut, { status: 204 })) return
    expect('check after the end', await send({ path: '/auth/me', secret }), { status: 401 })
  }

  function expect(what: string, answer: Answer, { status, words = '' }: { status: number; words?: string }) {
    const isRight = answer.status === status && answer.body.includes(words)
    if (!isRight) troubles.push(`${what}: ${answer.status} ${answer.body.slice(0, 300)}`)
    return isRight
  }

  /** Status 0 is a request that was lost: the connection broke before its answer was whole. */
  function sendOn(agent: Agent, { method = 'GET', path, secret, body, number }: Ask & { number: number }) {
    asked.requests++
    const payload = body === undefined ? '' : JSON.stringify(body)
    const headers = {
      host: `localhost:${port}`,
      'x-forwarded-for': `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
      ...(secret && { authorization: `Bearer ${secret}` }),
      ...(payload && { 'content-type': 'application/json', 'content-length': payload.length }),
    }
    return new Promise<Answer>((resolve) => {
      const lost = (error: Error) => resolve({ status: 0, body: String(error) })
      const req = request({ host: '127.0.0.1', port, agent, method, path, headers }, (res) => {
        text(res).then((received) => resolve({ status: res.statusCode ?? 0, body: received }), lost)
      })
      req.on('error', lost)
      req.end(payload)
    })
  }

  return {
    troubles,
    asked,
    async until(isEnough: () => boolean) {
      while (!isEnough()) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    /** Every client finishes what it has begun. */
    async stop() {
      isOver = true
      await done
    },
  }
}

/** People with one password, in the database of a portal that is about to start. */
export async function addCrowd(settings: Record<string, string>, people: number): Promise<void> {
  await using portal = await openPortal({ settings })
  const passwordHash = await portal.services.passwords.hash(ada.password)
  const now = new Date()
  await portal.database.user.createMany({
    data: Array.from({ length: people }, (_, number) => ({
      id: randomUUID(),
      email: toEmail(number),
      emailVerifiedAt: now,
      passwordHash,
      registeredAt: now,
      createdAt: now,
    })),
  })
}

export function toEmail(number: number) {
  return `person-${number}@example.com`
}
