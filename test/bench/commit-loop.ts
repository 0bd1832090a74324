// What refreshing cannot be faster than: one transaction that uses a token up and inserts its successor, by pg and nothing else.
import { randomUUID } from 'node:crypto'
import pg from 'pg'

const [url = '', seconds = '5'] = process.argv.slice(2)
const LOOPS = 16
const pool = new pg.Pool({ connectionString: url, max: LOOPS })
await pool.query(
  'CREATE TABLE bare_tokens (hash text PRIMARY KEY, family text, used_at timestamptz, successor text)',
)
const until = performance.now() + Number(seconds) * 1000
let count = 0

async function rotateUntilEnd(family: number) {
  const client = await pool.connect()
  let token: string = randomUUID()
  await client.query('INSERT INTO bare_tokens (hash, family) VALUES ($1, $2)', [token, family])
  while (performance.now() < until) {
    const next = randomUUID()
    await client.query('BEGIN')
    await client.query(
      'UPDATE bare_tokens SET used_at = now(), successor = $2 WHERE hash = $1 AND used_at IS NULL',
      [token, next],
    )
    await client.query('INSERT INTO bare_tokens (hash, family) VALUES ($1, $2)', [next, family])
    await client.query('COMMIT')
    token = next
    count++
  }
  client.release()
}

const beganAt = performance.now()
await Promise.all(Array.from({ length: LOOPS }, (_, family) => rotateUntilEnd(family)))
console.log((count / (performance.now() - beganAt)) * 1000)
await pool.end()
