import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLog } from '../../src/platform/log.ts'

function openCollectedLog() {
  const lines: string[] = []
  return { log: openLog('info', { write: (line) => lines.push(line) }), lines }
}

test('a failure is logged with its cause, without what libraries attach to it', () => {
  const { log, lines } = openCollectedLog()
  const cause = Object.assign(new Error('the copy was refused'), {
    code: 'OOM',
    command: { args: ['hunter2'] },
  })
  const failure = Object.assign(new Error('could not sign out', { cause }), { body: 'hunter2' })

  log.error({ err: failure }, 'unexpected failure')

  const { err } = JSON.parse(lines[0] ?? '{}')
  assert.deepEqual(Object.keys(err), ['type', 'message', 'stack', 'cause'])
  assert.deepEqual(
    [err.message, err.cause.message, err.cause.code],
    ['could not sign out', 'the copy was refused', 'OOM'],
  )
  assert.doesNotMatch(lines.join(), /hunter2/)
})

test('a secret is hidden even when it is logged by mistake', () => {
  const { log, lines } = openCollectedLog()
  const doors = {
    password: 'hunter2',
    token: 'hunter2',
    secret: 'hunter2',
    cookie: 'hunter2',
    authorization: 'hunter2',
  }

  log.info({ ...doors, body: doors, request: { headers: doors } }, 'a mistake')

  assert.doesNotMatch(lines.join(), /hunter2/)
  assert.match(lines.join(), /\[hidden\]/)
})

test('an email address is never whole in the log, wherever it comes from', () => {
  const { log, lines } = openCollectedLog()
  const refusal = new Error('550 5.1.1 <ada.lovelace+x@mail.example.com>: user unknown')

  log.warn({ err: refusal, reason: refusal.message }, 'a mail was refused')
  log.info(
    { path: '/users/ada.lovelace%2bx%40mail.example.com', user_agent: '"ada.lovelace@example.com"' },
    'request',
  )
  log.info({ reason: 'Envelope: "\nada.lovelace@example.com\\ada.lovelace@bücher.example' }, 'lines')
  log.info({ reason: '\\\nlovelace@a.example \u001flovelace@b.example x\\lovelace@c.example' }, 'escapes')

  for (const line of lines) {
    assert.doesNotMatch(line, /lovelace/)
    JSON.parse(line)
  }
  assert.match(lines.join(), /<…@mail\.example\.com>: user unknown/)
}) // AUT-10
