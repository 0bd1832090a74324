import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { request } from '../support/raw-request.ts'

const BASE_URL = 'https://login.example.com'

test('a cookie that only looks like ours to a program is not ours', async () => {
  // SES-19: browsers let any host under the domain plant a name that begins with such a blank.
  await using portal = await openPortal({ people: [ada], settings: { BASE_URL } })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  const session = visitor.cookie('__Host-session')?.value ?? ''
  const known = visitor.cookie('__Host-known')?.value ?? ''
  const ask = async (cookie: string) =>
    (await request({ port: portal.port, path: '/account', headers: { ...portal.host, cookie } })).status

  for (const blank of ['\u00a0', '\u0085', '\u00a0 ']) {
    assert.equal(await ask(`${blank}__Host-session=${session}`), 303, JSON.stringify(blank))
    assert.equal(await ask(`__Host-session=${session}; ${blank}__Host-session=${known}`), 200)
    assert.equal(await ask(`__Host-session=${session};${blank}__Host-session=${session}`), 200)
  }
  for (const blank of ['', ' ', '\t', ' \t '])
    assert.equal(await ask(`a=b;${blank}__Host-session=${session}${blank};c=d`), 200, JSON.stringify(blank))
})

test('no cookie of ours is read under a name that only looks like it', async () => {
  await using portal = await openPortal({ people: [ada], settings: { BASE_URL } })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  await visitor.submit('/logout')
  const { value } = visitor.cookie('__Host-flash') ?? { value: '' }
  const read = async (cookie: string) =>
    (await request({ port: portal.port, path: '/login', headers: { ...portal.host, cookie } })).text

  assert.match(await read(`__Host-flash=${value}`), /alert-success/)
  for (const name of ['\u00a0__Host-flash', '\u0085__Host-flash', '__Host-flash\u00a0'])
    assert.doesNotMatch(await read(`${name}=${value}`), /alert-success/)
})
