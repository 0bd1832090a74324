import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRedisAddress } from '../../src/platform/redis-address.ts'

test('one Redis is named by one address', () => {
  for (const url of ['redis://localhost', 'rediss://ada:secret@redis.example.com:6380/2'])
    assert.deepEqual(readRedisAddress(url), { kind: 'single', url })
})

test('a cluster is named by some of its nodes', () => {
  assert.deepEqual(readRedisAddress('redis+cluster://a:7000,b,[::1]:7002'), {
    kind: 'cluster',
    hosts: [
      { host: 'a', port: 7000 },
      { host: 'b', port: 6379 },
      { host: '::1', port: 7002 },
    ],
    isTls: false,
  })
  assert.deepEqual(readRedisAddress('rediss+cluster://ada:p%40ss%2Fword@config.example.com'), {
    kind: 'cluster',
    hosts: [{ host: 'config.example.com', port: 6379 }],
    username: 'ada',
    password: 'p@ss/word',
    isTls: true,
  })
})

test('a master is named by its sentinels and their name for it', () => {
  assert.deepEqual(readRedisAddress('redis+sentinel://:secret@a,b:26380/mymaster'), {
    kind: 'sentinel',
    hosts: [
      { host: 'a', port: 26_379 },
      { host: 'b', port: 26_380 },
    ],
    master: 'mymaster',
    db: 0,
    password: 'secret',
    isTls: false,
  })
  assert.deepEqual(readRedisAddress('rediss+sentinel://a/main/3?sentinel_password=other'), {
    kind: 'sentinel',
    hosts: [{ host: 'a', port: 26_379 }],
    master: 'main',
    db: 3,
    isTls: true,
    sentinelPassword: 'other',
  })
})
