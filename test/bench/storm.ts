import { Agent, request } from 'node:http'

type Storm = {
  checkUrl: string
  signInUrl: string
  secret: string
  people: { email: string; password: string }[]
  size: number
}

/** Session checks by a few clients while many people sign in at the same moment: what a check takes, in milliseconds. */
export async function measureStorm({ checkUrl, signInUrl, secret, people, size }: Storm) {
  const agent = new Agent({ keepAlive: true })
  const latencies: number[] = []
  let isOver = false

  const checking = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const beganAt = performance.now()
      await send(checkUrl, { agent, headers: { authorization: `Bearer ${secret}` } })
      latencies.push(performance.now() - beganAt)
    }
  })
  const statuses = await Promise.all(
    Array.from({ length: size }, (_, index) => {
      const person = people[index % people.length]
      const headers = {
        'content-type': 'application/json',
        'x-forwarded-for': `10.9.${index >> 8}.${index & 255}`,
      }
      return send(signInUrl, {
        method: 'POST',
        headers,
        body: JSON.stringify({ login: person?.email, password: person?.password }),
      })
    }),
  )
  isOver = true
  await Promise.all(checking)
  agent.destroy()
  latencies.sort((one, other) => one - other)
  return {
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? 0,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    signedIn: statuses.filter((status) => status === 200).length,
    askedToWait: statuses.filter((status) => status === 503).length,
  }
}

function send(
  url: string,
  { body, ...options }: { method?: string; agent?: Agent; headers: Record<string, string>; body?: string },
) {
  return new Promise<number>((resolve, reject) => {
    request(url, options, (res) => res.resume().on('end', () => resolve(res.statusCode ?? 0)))
      .on('error', reject)
      .end(body)
  })
}
