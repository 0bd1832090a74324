import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withGoogle } from '../support/addresses.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { request } from '../support/raw-request.ts'

for (const path of ['/login', '/register']) {
  test(`nothing that one visitor brings to ${path} is shown to the next`, async () => {
    await using portal = await openPortal({ people: [ada], settings: withGoogle })
    const stranger = () => portal.openVisitor().visit(path)
    const untouched = (await stranger()).text

    const traveller = portal.openVisitor()
    assert.match((await traveller.visit(`${path}?return_to=/users/42`)).text, /\/users\/42/)
    assert.equal((await stranger()).text, untouched)

    const member = portal.openVisitor()
    await member.submit('/login', { login: ada.email, password: ada.password })
    await member.submit('/logout')
    assert.match((await member.visit(path)).text, /signed out/i)
    assert.equal((await stranger()).text, untouched)

    const mistaken = await portal.openVisitor().submit(path, { login: 'typed@', email: 'typed@' })
    assert.match(mistaken.text, /typed@/)
    assert.equal((await stranger()).text, untouched)
  }) // SES-24
}

test('the first visitor of a page leaves nothing in it, whatever they bring', async () => {
  await using portal = await openPortal({ people: [ada] })
  const member = portal.openVisitor()
  await member.submit('/login', { login: ada.email, password: ada.password })
  await member.submit('/logout')

  assert.match((await member.visit('/login?return_to=/users/42')).text, /signed out/i)
  const { text } = await portal.openVisitor().visit('/login')

  assert.doesNotMatch(text, /signed out|\/users\/42/i)
}) // SES-24

test('a remembered page is answered like one just rendered', async () => {
  await using portal = await openPortal()
  const [first, again] = [await portal.visitor.visit('/login'), await portal.visitor.visit('/login')]
  const toComparable = ({ headers: { date, 'x-request-id': id, ...headers } }: typeof first) => headers
  assert.equal(again.text, first.text)
  assert.deepEqual(toComparable(again), toComparable(first))
  assert.notEqual(again.headers['x-request-id'], first.headers['x-request-id'])

  const head = await request({ port: portal.port, method: 'HEAD', path: '/login', headers: portal.host })
  assert.equal(head.text, '')
  assert.equal(head.headers['content-length'], first.headers['content-length'])
})
