import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type Load = { perSecond: number; p50Ms: number; p99Ms: number; refused: number }
type Options = {
  url: string
  seconds: number
  connections: number
  headers?: Record<string, string>
  script?: string
}

const run = promisify(execFile)

/** wrk: a load generator that is cheap enough to leave its core to Redis. `apt-get install wrk` on Debian. */
export async function load({ url, seconds, connections, headers = {}, script }: Options): Promise<Load> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  const lua = join(folder, 'report.lua')
  await writeFile(lua, `${script ?? ''}\n${REPORT}`)
  const words = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const { stdout } = await run('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    lua,
    ...words,
    url,
  ]).finally(() => rm(folder, { recursive: true }))
  const line = stdout.split('\n').find((each) => each.startsWith('{'))
  if (!line) throw new Error(`wrk said nothing:\n${stdout}`)
  return JSON.parse(line)
}

/** Sign-ins of many people from many addresses, so that it is the work that is measured and not the limits. */
export function signInScript(people: { email: string; password: string }[]): string {
  const bodies = people
    .map(({ email, password }) => `[[${JSON.stringify({ login: email, password })}]]`)
    .join(',')
  return `
local bodies = {${bodies}}
local n = 0
request = function()
  n = n + 1
  local address = string.format('10.%d.%d.%d', math.floor(n / 65536) % 256, math.floor(n / 256) % 256, n % 256)
  local headers = { ['content-type'] = 'application/json', ['x-forwarded-for'] = address }
  return wrk.format('POST', nil, headers, bodies[n % #bodies + 1])
end`
}

/** One session, exchanged again and again. */
export function exchangeScript(secret: string): string {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: secret,
    subject_token_type: 'urn:gatehouse:params:oauth:token-type:session',
  })
  return `
wrk.method = 'POST'
wrk.headers['content-type'] = 'application/x-www-form-urlencoded'
wrk.body = [[${body}]]`
}

/** Each answer brings the token for a later request; there must be more families than connections. */
export function refreshScript(tokens: string[]): string {
  const list = tokens.map((token) => `'${token}'`).join(',')
  return `
local tokens = {${list}}
local first, last = 1, ${tokens.length}
local headers = { ['content-type'] = 'application/x-www-form-urlencoded' }
request = function()
  local token = tokens[first]
  tokens[first] = nil
  first = first + 1
  return wrk.format('POST', nil, headers, 'grant_type=refresh_token&refresh_token=' .. (token or 'none'))
end
response = function(status, _, body)
  local token = string.match(body, '"refresh_token":"([^"]+)"')
  if not token then return end
  last = last + 1
  tokens[last] = token
end`
}

const REPORT = `
done = function(summary, latency)
  local refused = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format('{"perSecond":%f,"p50Ms":%f,"p99Ms":%f,"refused":%d}\\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, refused))
end`
