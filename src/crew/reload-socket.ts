import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Log } from '../platform/log.ts'
import type { Reloaded } from './crew.ts'

type Place = { dataDir: string; port: number }

/** In DATA_DIR, which only its owner may enter; a portal on another port has another. */
const toPath = ({ dataDir, port }: Place) => join(dataDir, `reload-${port}.sock`)

/** Whoever connects asks for a reload, and gets its outcome as JSON. The port must be ours: then a socket left behind is, too. */
export function openReloadSocket(place: Place, { reload, log }: { reload(): Promise<Reloaded>; log: Log }) {
  const path = toPath(place)
  rmSync(path, { force: true })
  const server = createServer(async (socket) => {
    socket.on('error', () => {})
    const answer = await reload()
    socket.end(JSON.stringify(answer))
  })
  server.on('error', (error) =>
    log.warn({ err: error }, 'gatehouse reload will not find this portal; send SIGHUP instead'),
  )
  server.listen(path)
  return { close: () => server.close() }
}

/** Null when no portal with several workers runs in this place. Throws when it ended meanwhile. */
export async function askToReload(place: Place): Promise<Reloaded | null> {
  const socket = connect(toPath(place))
  const isThere = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  if (!isThere) return null
  const answer = await text(socket)
  if (!answer) throw new Error('the portal ended before the reload did')
  return JSON.parse(answer)
}
