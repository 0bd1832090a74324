import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortal, type Portal } from '../support/portal.ts'
import { behindProxy } from '../support/strangers.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/

test('a trace that a proxy of ours began goes on through the log and the answer, each request with an id of its own', async () => {
  await using portal = await openPortal({ settings: behindProxy })

  const [one, other] = [await ask(portal, { traceparent }), await ask(portal, { traceparent })]

  for (const { id, problem, line, traceresponse } of [one, other]) {
    assert.match(id, new RegExp(`^${TRACE}-[\\da-f]{16}$`))
    assert.equal(traceresponse, `00-${id}-00`)
    assert.equal(problem.request_id, id)
    assert.deepEqual([line.request_id, line.trace_id], [id, TRACE])
  }
  assert.notEqual(one.id, other.id)
})

test('a trace that is not well made, or that a stranger brings, leaves no mark', async () => {
  await using portal = await openPortal({ settings: behindProxy })
  await using open = await openPortal()
  const wrong = [
    traceparent.toUpperCase(),
    `ff${traceparent.slice(2)}`,
    traceparent.replace(TRACE, '0'.repeat(32)),
    traceparent.replace('00f067aa0ba902b7', '0'.repeat(16)),
    `${traceparent}-more`,
    traceparent.replace(TRACE, `${TRACE}"}`),
    `${traceparent}, ${traceparent}`,
    ` ${traceparent} x`,
    'x'.repeat(4_000),
    '',
  ]
  const met = [
    await ask(open, { traceparent }),
    ...(await Promise.all(wrong.map((each) => ask(portal, { traceparent: each })))),
  ]

  for (const { id, line, traceresponse } of met) {
    assert.match(id, UUID)
    assert.deepEqual([line.trace_id, traceresponse], [undefined, undefined])
  }
})

async function ask({ client, lines }: Portal, headers: Record<string, string>) {
  const answer = await client.send(client.portal.get('/auth/no-such-address'), headers)
  const id = String(answer.headers['x-request-id'])
  const line = JSON.parse(lines.find((each) => each.includes(id)) ?? '{}')
  return { id, problem: answer.body, line, traceresponse: answer.headers.traceresponse }
}
