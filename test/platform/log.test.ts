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
