import type { Server } from 'node:net'

type Rule = { most: number; toCrowd(peer: string): string | null }

/** Refuses a connection from a crowd that already has `most`. */
export function limitCrowds(server: Server, { most, toCrowd }: Rule) {
  const held = new Map<string, number>()
  const refused = new Set<string>()

  server.on('connection', (socket) => {
    const crowd = toCrowd(socket.remoteAddress ?? '')
    if (crowd === null) return
    const count = held.get(crowd) ?? 0
    if (count >= most) {
      refused.add(crowd)
      socket.destroy()
      return
    }
    held.set(crowd, count + 1)
    socket.once('close', () => leave(crowd))
  })

  function leave(crowd: string) {
    const left = (held.get(crowd) ?? 0) - 1
    if (left > 0) held.set(crowd, left)
    else held.delete(crowd)
  }

  return {
    /** Those that were refused since the last time. */
    takeRefused(): string[] {
      const crowds = [...refused]
      refused.clear()
      return crowds
    },
  }
}
