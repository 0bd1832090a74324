import { type Check, ok, problem, warning } from './finding.ts'

const SPACE_WARNS_BYTES = 1e9
const SPACE_ENDS_BYTES = 1e8

type Folder = {
  dataDir: string
  listOpenToOthers(): Promise<string[]>
  closeToOthers(path: string): Promise<void>
  readFreeBytes(): Promise<number>
}

export function createFolderCheck({ dataDir, listOpenToOthers, closeToOthers }: Folder): Check {
  return async ({ fixes }) => {
    const open = await listOpenToOthers()
    if (open.length === 0) return [ok('files', `only their owner can read what is in ${dataDir}.`)]
    if (fixes) {
      for (const path of open) await closeToOthers(path)
      return [ok('files', `closed to others: ${open.join(', ')}.`)]
    }
    const says = `others can read or change ${open.join(', ')}.`
    return [problem('files', says, 'Run "gatehouse doctor --fix", or chmod go-rwx.')]
  }
}

export function createSpaceCheck({ dataDir, readFreeBytes }: Folder): Check {
  return async () => {
    const bytes = await readFreeBytes()
    const says = `${(bytes / 1e9).toFixed(1)} GB are free where ${dataDir} is.`
    if (bytes < SPACE_ENDS_BYTES) return [problem('disk', says, 'Make room before writes fail.')]
    return [bytes < SPACE_WARNS_BYTES ? warning('disk', says, 'Make room soon.') : ok('disk', says)]
  }
}

/** The portal itself speaks plain http, so an address with https means that a proxy is in front. */
export function createProxyCheck({
  isHttps,
  isProxyTrusted,
}: {
  isHttps: boolean
  isProxyTrusted: boolean
}): Check {
  return async () => {
    if (isHttps && !isProxyTrusted)
      return [
        warning(
          'proxy',
          'BASE_URL begins with https, so there is a proxy in front, but TRUST_PROXY is not set: everybody seems to come from its address, and shares its limits.',
          'Set TRUST_PROXY to the number of proxies, or to their addresses.',
        ),
      ]
    return [ok('proxy', isProxyTrusted ? 'TRUST_PROXY says which proxies to believe.' : 'none is expected.')]
  }
}
