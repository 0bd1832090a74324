import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { METRICS_TOKEN } from '../support/metrics.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { openPrometheus, promtool } from '../support/prometheus.ts'
import { stores } from '../support/stores.ts'

const toPath = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const rules = toPath('../../docs/monitoring/alerts.yml')
const cases = toPath('metrics-alerts.test.yml')
const panels: { title: string; targets: { expr: string }[] }[] = JSON.parse(
  readFileSync(toPath('../../docs/monitoring/grafana.json'), 'utf8'),
).panels

test('every alert goes off when it should, and not before', () => {
  const alerts = [...promtool('check', 'rules', rules).matchAll(/SUCCESS: (\d+) rules/g)]
  const names = [...readFileSync(rules, 'utf8').matchAll(/alert: (\w+)/g)].map(([, name]) => name)
  const tested = [...readFileSync(cases, 'utf8').matchAll(/- name: (\w+)/g)].map(([, name]) => name)

  assert.equal(Number(alerts[0]?.[1]), names.length)
  assert.deepEqual(tested, names)
  assert.match(promtool('test', 'rules', cases), /SUCCESS/)
})

test('every expression of the dashboard and of the alerts finds what a real portal tells a real Prometheus', async () => {
  await using store = await withRedis()
  await using portal = await openPortal({ people: [ada], settings: { METRICS_TOKEN, ...store.settings } })
  await using prometheus = await openPrometheus({ port: portal.port, token: METRICS_TOKEN })
  const { client, services } = portal
  await services.housekeeping.sweep()
  const { body } = await client.post('/auth/login', { login: ada.email, password: ada.password })
  for (let count = 0; count < 3; count++) {
    await client.get('/auth/me', body.session.id)
    await prometheus.scrapes(1)
  }

  for (const { title, targets } of panels) {
    for (const { expr } of targets) {
      const found = await prometheus.query(expr)
      assert.ok(found.length > 0, `${title}: ${expr}`)
      assert.ok(
        found.some(({ value }) => Number.isFinite(Number(value[1]))),
        `${title}: ${expr}`,
      )
    }
  }
  for (const expression of readExpressions()) {
    await prometheus.query(expression)
    for (const [, name = '', labels = ''] of expression.matchAll(SELECTOR)) {
      const known = await prometheus.query(`${name}{job="gatehouse"${listLabels(labels)}}`)
      assert.ok(known.length > 0, `${name}${labels} in ${expression}`)
    }
  }
})

function withRedis() {
  const store = stores.find(({ name }) => name === 'SQLite and Redis')
  if (!store) throw new Error('there is no store with Redis')
  return store.open()
}

const SELECTOR = /\b((?:gatehouse|nodejs|process)_\w+|up)(\{[^}]*\})?/g

/** What stands behind each `expr:`, folded lines included. */
function readExpressions(): string[] {
  const text = readFileSync(rules, 'utf8')
  const found = [...text.matchAll(/expr: (?:>-\n)?([\s\S]*?)\n {8}for:/g)]
  assert.ok(found.length > 10)
  return found.map(([, expression = '']) => expression.replaceAll(/\s+/g, ' ').trim())
}

/** That the labels are there, whatever they say: no request of a test fails on our side. */
function listLabels(matchers: string): string {
  return [...matchers.matchAll(/(\w+)=/g)].map(([, label]) => `,${label}!=""`).join('')
}
