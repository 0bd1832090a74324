import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openAssets } from '../../src/platform/assets.ts'

test('a file keeps its address until its content changes', async () => {
  await using folder = await openFolder({ 'css/a.css': 'a {}', 'css/b.css': 'b {}' })
  const before = openAssets({ isKept: true, folder: folder.path })
  const again = openAssets({ isKept: true, folder: folder.path })
  assert.equal(before.address('/css/a.css'), again.address('/css/a.css'))
  assert.match(before.address('/css/a.css'), /^\/css\/a\.[0-9a-f]{12}\.css$/)

  await folder.write('css/a.css', 'a { color: red }')
  const after = openAssets({ isKept: true, folder: folder.path })
  assert.notEqual(after.address('/css/a.css'), before.address('/css/a.css'))
  assert.equal(after.address('/css/b.css'), before.address('/css/b.css'))
})

test('in development a changed file shows at the next request', async () => {
  await using folder = await openFolder({ 'css/a.css': 'a {}' })
  const assets = openAssets({ isKept: false, folder: folder.path })
  const before = assets.address('/css/a.css')

  await folder.write('css/a.css', 'a { color: red }')
  await folder.write('js/new.js', '1')

  assert.notEqual(assets.address('/css/a.css'), before)
  assert.equal(assets.find('/css/a.css')?.asset.body.toString(), 'a { color: red }')
  assert.equal(assets.find(before)?.isExact, false)
  assert.ok(assets.find('/js/new.js'))
})

test('styles and scripts name other files with their hash, and change with them', async () => {
  await using folder = await openFolder({
    'css/a.css': 'a { background: url(/img/dot.svg) } b { background: url("/img/dot.svg") }',
    'js/a.js': `import words from '/js/words.js'`,
    'js/words.js': 'export default []',
    'img/dot.svg': '<svg/>',
  })
  const before = openAssets({ isKept: true, folder: folder.path })
  const dot = before.address('/img/dot.svg')
  assert.equal(
    before.find('/css/a.css')?.asset.body.toString(),
    `a { background: url(${dot}) } b { background: url("${dot}") }`,
  )
  assert.equal(
    before.find('/js/a.js')?.asset.body.toString(),
    `import words from '${before.address('/js/words.js')}'`,
  )

  await folder.write('img/dot.svg', '<svg></svg>')
  const after = openAssets({ isKept: true, folder: folder.path })
  assert.notEqual(after.address('/css/a.css'), before.address('/css/a.css'))
})

test('a page that names a missing file fails loudly and is not sent out broken', async () => {
  await using folder = await openFolder({ 'css/a.css': 'a { background: url(/img/none.svg) }' })
  const assets = openAssets({ isKept: true, folder: folder.path })
  assert.throws(() => assets.address('/css/none.css'), /no file for \/css\/none\.css/)
  assert.throws(() => assets.address('/css/a.css'), /no file for \/img\/none\.svg/)
})

async function openFolder(files: Record<string, string>) {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-assets-'))
  let second = 1_000_000_000
  async function write(name: string, text: string) {
    await writeFile(join(path, name), text)
    await utimes(join(path, name), second, second++)
  }
  for (const name of ['css', 'js', 'img']) await mkdir(join(path, name))
  for (const [name, text] of Object.entries(files)) await write(name, text)
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
