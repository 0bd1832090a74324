import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { loadOnce } from './loading.ts'

export type Assets = ReturnType<typeof openAssets>
export type Asset = ReturnType<typeof toAsset>
export type Encoding = 'br' | 'gzip'
type Options = {
  /** False while they are being worked on: a file that was changed is read again. */
  isKept: boolean
  /** Generated files, by their address. */
  made?: Record<string, () => string>
  /** Files from elsewhere, by their address. */
  files?: Record<string, string>
  folder?: string
}

const publicFolder = fileURLToPath(new URL('../../public/', import.meta.url))
const FOLDERS = ['css', 'js', 'img']
const ESTIMATOR: Record<string, string> = {
  '/js/vendor/zxcvbn.js': '@zxcvbn-ts/core',
  '/js/vendor/zxcvbn-common.js': '@zxcvbn-ts/language-common',
  '/js/vendor/zxcvbn-en.js': '@zxcvbn-ts/language-en',
}
const WITH_HASH = /^(.+)\.([0-9a-f]{12})(\.\w+)$/
const OWN_TEXT = /^\/(css|js)\/[^/]+$/
const REFERENCE = /(?<=["'(])\/(?:css|js|img)\/[\w./-]+/g
/** Above this, brotli takes seconds for our largest file and gains a few per cent. */
const BROTLI_QUALITY = 5

const require = createRequire(import.meta.url)
const compress = {
  br: (body: Buffer) =>
    promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: promisify<Buffer, Buffer>(gzip),
}

/**
 * What pages are made of: public/, the password estimator's files and generated files, each at an address that changes with its
 * content. Read when first requested.
 */
export function openAssets({ isKept, made = {}, files = {}, folder = publicFolder }: Options) {
  const remembered = new Map<string, Asset>()
  let listed = listFiles(folder)

  /** The file's address with a hash in it. Throws for a file that is not there. */
  function address(path: string): string {
    const asset = read(path)
    if (!asset) throw new Error(`There is no file for ${path}`)
    const extension = extname(path)
    return `${path.slice(0, -extension.length)}.${asset.hash}${extension}`
  }

  function read(path: string): Asset | null {
    const known = remembered.get(path)
    if (known && (isKept || Object.hasOwn(made, path))) return known
    if (!isKept) listed = listFiles(folder)
    const asset = make(path) ?? load(path, known)
    if (asset) remembered.set(path, asset)
    return asset
  }

  function make(path: string): Asset | null {
    const body = Object.hasOwn(made, path) && made[path]?.()
    return body ? toAsset({ path, body: Buffer.from(body), mtimeMs: 0 }) : null
  }

  function load(path: string, known: Asset | undefined): Asset | null {
    const file = files[path] ?? listed.get(path)?.()
    if (!file) return null
    const { mtimeMs } = statSync(file)
    if (known?.mtimeMs === mtimeMs) return known
    const body = readFileSync(file)
    return toAsset({ path, body: OWN_TEXT.test(path) ? withAddresses(body) : body, mtimeMs })
  }

  /** Styles and scripts name other files by their plain address. */
  function withAddresses(body: Buffer): Buffer {
    return Buffer.from(body.toString('utf8').replaceAll(REFERENCE, address))
  }

  return {
    address,

    /** `isExact` when the address names this very content, which never changes. Null for files not meant to be served. */
    find(requested: string): { asset: Asset; isExact: boolean } | null {
      const plain = read(requested)
      if (plain) return { asset: plain, isExact: false }
      const [, stem = '', hash, extension = ''] = WITH_HASH.exec(requested) ?? []
      const asset = read(stem + extension)
      return asset && { asset, isExact: asset.hash === hash }
    },
  }
}

function listFiles(folder: string): Map<string, () => string> {
  const own = FOLDERS.flatMap((name) => readdirSync(join(folder, name)).map((file) => `/${name}/${file}`))
  return new Map([
    ...own.map((path) => [path, () => join(folder, path)] as const),
    ...Object.entries(ESTIMATOR).map(([path, module]) => [path, () => findEstimator(module)] as const),
  ])
}

function findEstimator(module: string) {
  return join(dirname(require.resolve(module)), 'zxcvbn-ts.js')
}

function toAsset({ path, body, mtimeMs }: { path: string; body: Buffer; mtimeMs: number }) {
  const compressed = {
    br: loadOnce(() => compress.br(body)),
    gzip: loadOnce(() => compress.gzip(body)),
  }
  return {
    extension: extname(path),
    body,
    mtimeMs,
    hash: createHash('sha256').update(body).digest('hex').slice(0, 12),
    isText: /\.(css|js|svg)$/.test(path),

    /** Compressed once, for the first request. */
    encode: (encoding: Encoding): Promise<Buffer> => compressed[encoding](),
  }
}
