// What signing in cannot be faster than: argon2 verifications and nothing else, as many at once as the portal makes.
import { openPasswordHasher } from '../../src/platform/password-hasher.ts'

const [seconds = '5', memoryKib = '19456', passes = '2'] = process.argv.slice(2)
const hasher = openPasswordHasher({ memoryKib: Number(memoryKib), passes: Number(passes) })
const hash = await hasher.hash('sunset marble violin')
const until = performance.now() + Number(seconds) * 1000
let count = 0

async function verifyUntilEnd() {
  while (performance.now() < until) {
    await hasher.verify(hash, 'sunset marble violin')
    count++
  }
}

const beganAt = performance.now()
await Promise.all(Array.from({ length: 8 }, verifyUntilEnd))
console.log((count / (performance.now() - beganAt)) * 1000)
