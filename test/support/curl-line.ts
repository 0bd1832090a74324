import { execFileSync } from 'node:child_process'

/** What a shell would give to curl, as the request that it would send. */
export function readCurlLine(line: string, variables: Record<string, string>) {
  const script = `curl() { printf '%s\\0' "$@"; }\n${line}`
  const words = execFileSync('sh', ['-c', script], { env: variables, encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)
  const headers: Record<string, string> = {}
  const bodies: string[] = []
  let [method, address] = ['', '']
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const next = () => words.shift() ?? ''
    if (word === '-X') method = next()
    else if (word === '-H') Object.assign(headers, Object.fromEntries([next().split(': ')]))
    else if (word === '-u') headers.authorization = `Basic ${btoa(next())}`
    else if (word === '-d') bodies.push(next())
    else if (!word.startsWith('-')) address = word
  }
  const body = bodies.length > 0 ? bodies.join('&') : undefined
  return { method: method || (body === undefined ? 'GET' : 'POST'), address, headers, body }
}
