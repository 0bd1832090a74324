// The measure of all others: node:http and one Redis GET per request, nothing else.
import { createServer } from 'node:http'
import { Redis } from 'ioredis'

const [url = '', port = '0'] = process.argv.slice(2)
const redis = new Redis(url)

createServer(async (_req, res) => {
  const body = (await redis.get('bench')) ?? ''
  res
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body)
}).listen(Number(port), '127.0.0.1')
