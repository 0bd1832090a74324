import type { Socket } from 'node:net'

type Limits = { readWithinMs: number; readBytesPerSecond: number }
/** How much of what was written had been read, and since when it has been no more. */
type Wait = { taken: number; sinceMs: number }

/**
 * What is written at once must be read within `readWithinMs`, plus a second for every `readBytesPerSecond` of it. Reading a byte
 * now and then does not help: the kernel takes more only when a third of its buffer is free.
 */
export function createSlowReaders({ readWithinMs, readBytesPerSecond }: Limits) {
  const waits = new WeakMap<Socket, Wait>()

  function isTooSlow(socket: Socket, nowMs: number): boolean {
    const left = socket.writableLength
    if (left === 0) return false
    const taken = socket.bytesWritten - left
    const known = waits.get(socket)
    const wait = known?.taken === taken ? known : { taken, sinceMs: nowMs }
    waits.set(socket, wait)
    return nowMs - wait.sinceMs > readWithinMs + (left / readBytesPerSecond) * 1000
  }

  return {
    /** Call it regularly; returns how many were cut off. A reset, unlike an end, frees what the kernel still holds for them. */
    cut(sockets: Iterable<Socket>): number {
      const slow = [...sockets].filter((socket) => isTooSlow(socket, performance.now()))
      for (const socket of slow) socket.resetAndDestroy()
      return slow.length
    },
  }
}
