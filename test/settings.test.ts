import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { toSettingsPage } from '../docs/write-settings.ts'
import { groups } from '../src/settings.ts'

const settings = Object.values(groups).flatMap((group) => Object.entries(group))
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

test('docs/settings.md says what the portal reads (npm run settings writes it)', () => {
  assert.equal(read('../docs/settings.md'), toSettingsPage())
})

test('every setting says what it does, and stands in .env.example', () => {
  const example = read('../.env.example')
  for (const [name, setting] of settings) {
    assert.ok(setting.meta()?.description, `${name} has no description`)
    assert.match(example, new RegExp(`^#${name}=`, 'm'))
  }
  assert.ok(settings.length > 40)
})
