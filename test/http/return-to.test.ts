import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOME, toReturnTo } from '../../src/http/return-to.ts'

const portal = 'https://portal.example'

/** Where a browser ends up, and where a program does that only glues the answer behind the host it asked. */
function assertStaysHere(location: string) {
  assert.match(location, /^\/[\x21-\x7e]*$/)
  assert.equal(new URL(location, portal).origin, portal)
  assert.equal(new URL(portal + location).origin, portal)
  assert.doesNotMatch(location, /^\/[/\\]/)
}

test('a page of the portal is where people go afterwards', () => {
  assert.equal(toReturnTo('/account?tab=1'), '/account?tab=1')
  assert.equal(toReturnTo('/a%20b'), '/a%20b')
  assert.equal(toReturnTo('/account#top'), '/account')
})

// WEB-05
const elsewhere: unknown[] = [
  '',
  'account',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r/evil.example',
  '/\r\nLocation: https://evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/ /evil.example',
  'https://evil.example',
  'https:evil.example',
  'https:/evil.example',
  'HTTPS://evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  '//ada@evil.example',
  'https://portal.example@evil.example',
  '/\uff0fevil.example',
  '\uff0f\uff0fevil.example',
  '/..//evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  '/%2e%2e//evil.example',
  '/%2e//evil.example',
  '/a/%2e%2e//evil.example',
  `/${'a'.repeat(600)}`,
  ['/account'],
  { path: '/account' },
  null,
  undefined,
  7,
]

for (const wanted of elsewhere) {
  test(`${JSON.stringify(wanted)?.slice(0, 50)} leads to the account page`, () => {
    assert.equal(toReturnTo(wanted), HOME)
  })
}

test('nothing that can be asked for leads away from the portal', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '//',
    '.',
    '..',
    '%2e',
    '%2f',
    '%5c',
    '\t',
    '\n',
    '@',
    ':',
    '?',
    '#',
    ';',
    'evil.example',
    'https:',
  )
  const wanted = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`),
    fc.webUrl(),
    fc.anything(),
  )
  fc.assert(
    fc.property(wanted, (text) => {
      const path = toReturnTo(text)
      assertStaysHere(path)
      assert.equal(toReturnTo(path), path)
    }),
    { numRuns: 5_000 },
  )
})
