import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { ada } from './support/people.ts'
import { openPortal } from './support/portal.ts'
import { createTokenProgram } from './support/token-endpoint.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../', import.meta.url))

/** The examples of one kind under a heading, as they stand there but for the portal's address. */
async function readExample(heading: string, language: string, baseUrl: string): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const chapter = readme.split(/^## /m).find((each) => each.startsWith(heading)) ?? ''
  const example = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(chapter)?.[1]
  assert.ok(example, `${heading} has an example in ${language}`)
  return example.replaceAll('http://localhost:3000', baseUrl).replaceAll('localhost:3000', baseUrl)
}

test('the lines of the README work as they are pasted, one after the other', async () => {
  await using portal = await openPortal()
  const [signUp = '', withSession] = (await readExample('The API', 'sh', portal.baseUrl)).split(/^#.*$/m)
  const withTokens = await readExample('Tokens for programs', 'sh', portal.baseUrl)

  await run('sh', ['-ec', signUp])
  const token = new URL(await portal.linkMailedTo(ada.email), portal.baseUrl).searchParams.get('token')
  await portal.client.post('/auth/verify-email', { token, password: ada.password })
  const { stdout } = await run('sh', ['-ec', `${withSession}\n${withTokens}`])

  const [me, , profile, refreshed, sessions] = stdout
    .split(/(?<=\})(?=\{|HTTP)/)
    .map((text) => JSON.parse(text.startsWith('{') ? text : '{}'))
  assert.equal(profile.email, ada.email)
  assert.match(refreshed.refresh_token, /^r_/)
  assert.equal(sessions.sessions[0].tokens.length, 1)
  assert.equal(me.user.email, ada.email)
  assert.match(stdout, /HTTP\/1\.1 401[\s\S]*"code":"session_ended"/)
})

test('the lines of the README tell the tokens apart, whatever letters are in them', async () => {
  const [, , takeTokens = ''] = (await readExample('Tokens for programs', 'sh', '')).split('\n')
  const access = `eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.${'r_eyJ'.repeat(17)}A`
  const refresh = `r_${'r_eyJ'.repeat(12)}abcd`
  const answer = { access_token: access, token_type: 'Bearer', refresh_token: refresh }
  const shown = 'printf "%s %s" "$ACCESS_TOKEN" "$REFRESH_TOKEN"'

  const env = { ...process.env, TOKENS: JSON.stringify(answer) }
  const { stdout } = await run('sh', ['-ec', `${takeTokens}\n${shown}`], { env })

  assert.equal(stdout, `${access} ${refresh}`)
})

test('a server that verifies tokens as the README says takes ours, and no others', async () => {
  await using portal = await openPortal({ people: [ada] })
  const folder = await mkdtemp(join(root, 'src/generated/readme-')) // git-ignored, and Node runs TypeScript there
  try {
    const file = join(folder, 'verify.ts')
    await writeFile(file, await readExample('Tokens for programs', 'ts', portal.baseUrl))
    const { readAccessToken } = await import(pathToFileURL(file).href)
    const { session, access } = await createTokenProgram(portal).openTokens()

    assert.deepEqual((await readAccessToken(access)).scopes, ['account:read', 'offline_access'])
    for (const other of [session, `${access.slice(0, -4)}AAAA`, ''])
      await assert.rejects(readAccessToken(other))
  } finally {
    await rm(folder, { recursive: true })
  }
})
