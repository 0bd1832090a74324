type Host = { host: string; port: number }
type Login = { username?: string; password?: string; isTls: boolean }
export type RedisAddress =
  | { kind: 'single'; url: string }
  | ({ kind: 'cluster'; hosts: Host[] } & Login)
  | ({ kind: 'sentinel'; hosts: Host[]; master: string; db: number; sentinelPassword?: string } & Login)

const SEVERAL_HOSTS = /^(rediss?)\+(cluster|sentinel):\/\/(?:[^@/]*@)?([^@/?]+)/
const HOST = /^\[?(.+?)\]?(?::(\d+))?$/
const PORTS = { cluster: 6379, sentinel: 26_379 }

/** Of one Redis `redis://host`, of a cluster `redis+cluster://a,b,c`, of sentinels `redis+sentinel://a,b,c/master/db`; with TLS `rediss…`. */
export function readRedisAddress(url: string): RedisAddress {
  const found = SEVERAL_HOSTS.exec(url)
  if (!found) return { kind: 'single', url }
  const [beginning, scheme, kind, list = ''] = found as unknown as [
    string,
    string,
    'cluster' | 'sentinel',
    string,
  ]
  const hosts = list.split(',').map((text) => readHost(text, PORTS[kind]))
  // URL can read the rest; it knows only one host.
  const rest = new URL(`${beginning.slice(0, -list.length)}several${url.slice(beginning.length)}`)
  const login = {
    ...(rest.username && { username: decodeURIComponent(rest.username) }),
    ...(rest.password && { password: decodeURIComponent(rest.password) }),
    isTls: scheme === 'rediss',
  }
  if (kind === 'cluster') return { kind, hosts, ...login }
  const [, master = '', db = '0'] = rest.pathname.split('/')
  const sentinelPassword = rest.searchParams.get('sentinel_password')
  return { kind, hosts, master, db: Number(db), ...login, ...(sentinelPassword && { sentinelPassword }) }
}

function readHost(text: string, usualPort: number): Host {
  const [, host = '', port = usualPort] = HOST.exec(text) ?? []
  return { host, port: Number(port) }
}
