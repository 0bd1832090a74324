import { isIPv4 } from 'node:net'

type Value = string | number | { [name: string]: Value }
/** By prefix, as in 203.0.113.0/24. */
type Networks = Record<string, Value>
type Node = { left: Node | Value | null; right: Node | Value | null; isNode: true }

const SEPARATOR = Buffer.alloc(16)
const MARKER = Buffer.concat([Buffer.from('abcdef', 'hex'), Buffer.from('MaxMind.com')])
const [TEXT, UINT16, UINT32, MAP] = [2, 5, 6, 7]

/** A database as MaxMind sells them, with these IPv4 networks in it (maxmind.github.io/MaxMind-DB). */
export function makeMmdb(networks: Networks): Buffer {
  const root = makeNode()
  for (const [prefix, value] of Object.entries(networks)) insert(root, prefix, value)
  const nodes = listNodes(root)
  const data: Buffer[] = []
  let dataLength = 0

  function toRecord(side: Node['left']): number {
    if (side === null) return nodes.length
    if (isNode(side)) return nodes.indexOf(side)
    const bytes = encode(side)
    const record = nodes.length + SEPARATOR.length + dataLength
    data.push(bytes)
    dataLength += bytes.length
    return record
  }

  const tree = nodes.map(({ left, right }) => {
    const bytes = Buffer.alloc(6)
    bytes.writeUIntBE(toRecord(left), 0, 3)
    bytes.writeUIntBE(toRecord(right), 3, 3)
    return bytes
  })
  const metadata = encode({
    node_count: nodes.length,
    record_size: 24,
    ip_version: 4,
    database_type: 'GeoLite2-City',
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_795_248_000,
  })
  return Buffer.concat([...tree, SEPARATOR, ...data, MARKER, metadata])
}

const makeNode = (): Node => ({ left: null, right: null, isNode: true })
const isNode = (side: Node['left']): side is Node =>
  typeof side === 'object' && side !== null && 'isNode' in side

function insert(root: Node, prefix: string, value: Value) {
  const [address = '', length = '32'] = prefix.split('/')
  if (!isIPv4(address)) throw new Error(`${address} is no IPv4 address`)
  const bits = address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')
    .slice(0, Number(length))
  const last = bits.length - 1
  let node = root
  for (const [index, bit] of [...bits].entries()) {
    const side = bit === '0' ? 'left' : 'right'
    if (index === last) node[side] = value
    else {
      const next = node[side]
      const child = isNode(next) ? next : makeNode()
      node[side] = child
      node = child
    }
  }
}

function listNodes(node: Node): Node[] {
  return [node, ...[node.left, node.right].filter(isNode).flatMap(listNodes)]
}

function encode(value: Value): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([toHead(TEXT, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return value < 65_536
      ? Buffer.concat([toHead(UINT16, 2), bytes.subarray(2)])
      : Buffer.concat([toHead(UINT32, 4), bytes])
  }
  const pairs = Object.entries(value)
  return Buffer.concat([toHead(MAP, pairs.length), ...pairs.flat().map((each) => encode(each as Value))])
}

function toHead(type: number, size: number): Buffer {
  if (size < 29) return Buffer.from([(type << 5) | size])
  return Buffer.from([(type << 5) | 29, size - 29])
}
