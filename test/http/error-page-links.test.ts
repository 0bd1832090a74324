import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, PortalError } from '../../src/errors.ts'
import { sentences } from '../../src/http/sentences.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { exchange } from '../support/raw-request.ts'

const hostile = [
  '//evil.example/login',
  '///evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/%2f/evil.example/..//evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '//ada@evil.example',
  'http://evil.example/login',
  'http://ada@evil.example//evil.example',
  '/login"onmouseover="alert(1)',
  '/login?return_to=//evil.example',
]

test('no link of an error page leaves the portal, whatever address was asked for and whatever went wrong', async (t) => {
  await using portal = await openPortal()
  const seen = new Set<string>()

  for (const [code, { status }] of Object.entries(sentences)) {
    await t.test(`${code} (${status})`, async () => {
      const error = new PortalError(code as ErrorCode)
      portal.services.sessions.check = () => Promise.reject(error)
      for (const path of hostile) {
        for (const method of ['GET', 'POST', 'DELETE']) {
          const answer = await ask(portal, method, path)
          seen.add(answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3))
          for (const link of findLinks(answer)) assertOurs(link, portal, `${method} ${path}`)
        }
      }
    })
  }

  for (const { status } of Object.values(sentences)) {
    if (status !== 401) assert.ok(seen.has(String(status)), `${status} was shown`)
  }
}) // WEB-05

/** Somebody with a session, about whom the answer is whatever the test wants. */
function ask(portal: Portal, method: string, path: string): Promise<string> {
  const headers = [
    `Host: ${portal.host.host}`,
    `Authorization: Bearer s_${'a'.repeat(64)}`,
    'Accept: text/html',
    'Sec-Fetch-Site: same-origin',
    'Connection: close',
  ]
  return exchange(portal.port, `${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
}

function findLinks(answer: string): string[] {
  const inPage = answer.matchAll(/\s(?:href|action|src|formaction)="([^"]*)"/g)
  const sentTo = answer.matchAll(/^location: (.*)$/gim)
  return [...inPage, ...sentTo].map(([, link = '']) =>
    link.replaceAll('&amp;', '&').replaceAll('&#34;', '"').trim(),
  )
}

function assertOurs(link: string, { baseUrl }: Portal, asked: string) {
  assert.equal(new URL(link, baseUrl).origin, baseUrl, `${asked} leads to ${link}`)
}
