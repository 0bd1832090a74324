import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Area, listAreas } from '../../src/http/areas.ts'
import { withGoogle } from '../support/addresses.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'

const boss = { ...grace, role: 'admin' } satisfies Person
const areas = listAreas({ hasProviders: true, sendsMail: true })

for (const area of [areas.account, areas.admin])
  test(`the pages of an area are listed on each of them, and each says where I am: ${area.label}`, async () => {
    await using portal = await openPortal({ people: [boss], settings: withGoogle })
    const visitor = await signIn(portal, boss)

    for (const { path, label } of area.pages) {
      const { text } = await visitor.visit(path)
      for (const other of area.pages)
        assert.ok(text.includes(`<a href="${other.path}"`), `${path} ${other.path}`)
      const [, current = ''] = /aria-current="page">\s*([\w ]+\w)/.exec(text) ?? []
      assert.equal(current, label)
      assert.match(text, /<form method="post" action="\/logout">/)
    }
  })

test('administrators are led from their account to the administration and back, and nobody else', async () => {
  await using portal = await openPortal({ people: [ada, boss] })
  const admin = await signIn(portal, boss)
  const member = await signIn(portal, ada)

  assert.ok(leadsTo(areas.admin, await admin.visit('/account')))
  assert.ok(leadsTo(areas.account, await admin.visit('/admin')))
  assert.ok(!leadsTo(areas.admin, await member.visit('/account')))
})

function leadsTo({ home, label }: Area, { text }: { text: string }): boolean {
  return text.includes(`<a href="${home}">${label}</a>`)
}

async function signIn(portal: Portal, { email, password }: typeof boss | typeof ada) {
  const visitor = portal.openVisitor()
  await visitor.submit('/login', { login: email, password })
  return visitor
}
