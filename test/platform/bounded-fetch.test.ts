import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { boundedFetch } from '../../src/platform/bounded-fetch.ts'

const MEGABYTE = 1_048_576

/** Answers one test in its own way. `asked`: which paths, and with what. */
async function openNeighbour(answer: RequestListener) {
  const asked: { path: string; authorization: string | null }[] = []
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization ?? null })
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

test('an answer arrives whole, with its status and its headers', async () => {
  await using neighbour = await openNeighbour((_request, response) => {
    response.writeHead(418, { 'content-type': 'application/json', 'x-kind': 'teapot' }).end('{"tea": true}')
  })

  const response = await boundedFetch(neighbour.url, { headers: { authorization: 'Basic x' } })

  assert.equal(response.status, 418)
  assert.equal(response.headers.get('x-kind'), 'teapot')
  assert.deepEqual(await response.json(), { tea: true })
  assert.deepEqual(neighbour.asked, [{ path: '/', authorization: 'Basic x' }])
})

test('an answer without a body is an answer', async () => {
  await using neighbour = await openNeighbour((_request, response) => response.writeHead(204).end())
  assert.equal((await boundedFetch(neighbour.url)).status, 204)
})

test('a megabyte is accepted, one byte more is not', async () => {
  await using neighbour = await openNeighbour((request, response) =>
    response.end('a'.repeat(MEGABYTE + (request.url === '/more' ? 1 : 0))),
  )
  assert.equal((await (await boundedFetch(neighbour.url)).text()).length, MEGABYTE)
  await assert.rejects(boundedFetch(`${neighbour.url}/more`), /too large/)
})

test('an answer without end is cut off', async () => {
  const hungUp = Promise.withResolvers<void>()
  await using neighbour = await openNeighbour((_request, response) => {
    const pour = () => {
      while (response.write('a'.repeat(65_536)));
    }
    response.on('drain', pour).on('close', hungUp.resolve)
    pour()
  })
  await assert.rejects(boundedFetch(neighbour.url), /too large/)
  await hungUp.promise
})

test('no redirect is followed', async () => {
  await using neighbour = await openNeighbour((_request, response) =>
    response.writeHead(307, { location: '/elsewhere' }).end(),
  )
  await assert.rejects(boundedFetch(neighbour.url, { method: 'POST', headers: { authorization: 'Basic x' } }))
  assert.deepEqual(
    neighbour.asked.map(({ path }) => path),
    ['/'],
  )
})

test('a server that does not answer in time is given up', async () => {
  const hungUp = Promise.withResolvers<void>()
  await using neighbour = await openNeighbour((_request, response) => response.on('close', hungUp.resolve))
  await assert.rejects(boundedFetch(neighbour.url, { limits: { headersMs: 50 } }), /no answer in time/)
  await hungUp.promise
})

test('so is one that begins to answer and never ends', async () => {
  const hungUp = Promise.withResolvers<void>()
  await using neighbour = await openNeighbour((_request, response) => {
    response.on('close', hungUp.resolve).write('a')
  })
  await assert.rejects(boundedFetch(neighbour.url, { limits: { totalMs: 300 } }), { name: 'TimeoutError' })
  await hungUp.promise
})

test('the caller may cancel', async () => {
  await using neighbour = await openNeighbour(() => {})
  const given = boundedFetch(neighbour.url, { signal: AbortSignal.timeout(50) })
  await assert.rejects(given, { name: 'TimeoutError' })
})
