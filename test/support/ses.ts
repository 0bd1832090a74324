import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export type SesRequest = { authorization: string; path: string; from: string; to: string[]; raw: string }
type Answer = { status: number; type: string; message: string } | 'silence' | null
type Sent = {
  FromEmailAddress: string
  Destination: { ToAddresses: string[] }
  Content: { Raw: { Data: string } }
}

/** Amazon SES as far as a sender meets it, on this machine. The real SDK finds it by its own variable, and is told by its own variables who it is. */
export async function openSes() {
  const requests: SesRequest[] = []
  const answers: Answer[] = []
  const server = createServer((req, res) => void receive(req, res))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const arrivals = new EventTarget()

  async function receive(req: IncomingMessage, res: ServerResponse) {
    const { FromEmailAddress: from, Destination, Content } = (await json(req)) as Sent
    const { authorization = '' } = req.headers
    const raw = Buffer.from(Content.Raw.Data, 'base64').toString()
    requests.push({ authorization, path: String(req.url), from, to: Destination.ToAddresses, raw })
    arrivals.dispatchEvent(new Event('request'))
    const answer = answers.shift() ?? null
    if (answer === 'silence') return
    res.setHeader('content-type', 'application/json')
    if (answer) res.writeHead(answer.status, { 'x-amzn-errortype': answer.type })
    res.end(JSON.stringify(answer ? { message: answer.message } : { MessageId: `ses-${requests.length}` }))
  }

  const { port } = server.address() as AddressInfo
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SESV2: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'AKIATESTTESTTEST',
    AWS_SECRET_ACCESS_KEY: 'a-secret-for-tests',
    AWS_EC2_METADATA_DISABLED: 'true',
  })

  return {
    requests,
    /** The next requests are answered like this, one each; after that, every letter is taken. */
    answerNext: (...next: Answer[]) => answers.push(...next),
    async untilAsked(times: number) {
      while (requests.length < times) await once(arrivals, 'request')
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
