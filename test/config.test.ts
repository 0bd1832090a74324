import assert from 'node:assert/strict'
import { test } from 'node:test'
import express from 'express'
import { ConfigError, readConfig } from '../src/config.ts'

type Settings = Record<string, string>

const production = {
  NODE_ENV: 'production',
  BASE_URL: 'https://login.example.com',
  DATABASE_URL: 'postgresql://db.example.com/gatehouse',
  SECRET_KEY: 'k'.repeat(64),
  SMTP_URL: 'smtps://mail.example.com',
  EMAIL_FROM: 'Example <login@example.com>',
}

/** For every variable: values that must be refused. */
const wrong: Record<string, string[]> = {
  NODE_ENV: ['prod', 'Production', 'development,test'],
  PORT: ['0', '-1', '65536', '3000.5', 'http', '1e9'],
  HOST: ['http://localhost', 'two words', '127.0.0.1:3000'],
  BASE_URL: [
    'login.example.com',
    'ftp://example.com',
    'https://example.com/login',
    'https://example.com?a=b',
    'javascript:alert(1)',
  ],
  DATABASE_URL: ['mysql://localhost/x', 'gatehouse.db', 'file:', 'file::memory:'],
  REDIS_URL: [
    'localhost:6379',
    'http://localhost',
    'redis+cluster:/one',
    'redis+cluster://one,,two',
    'redis+cluster://one:port',
    'redis+cluster://user:100%@one',
    'redis+sentinel://one,two',
    'redis+sentinel://one/mymaster/first',
    'redis+sentinel://one/mymaster?db=1',
  ],
  SECRET_KEY: ['short', `${'k'.repeat(64)},short`, ','],
  GOOGLE_REDIRECT_URI: [
    'callback',
    'ftp://example.com',
    'https://elsewhere.example.com/auth/oauth/google/callback',
  ],
  GOOGLE_ISSUER: ['accounts.google.com', 'ftp://accounts.google.com'],
  CORS_ORIGINS: ['*', 'app.example.com', 'https://a.example.com,*', 'https://a.example.com/path', 'null'],
  TRUST_PROXY: [
    'true',
    'all',
    '-1',
    '100',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '10.0.0.1/24/8',
    '10.0.0',
    'fe80::1%eth0',
    '::1/129',
    '1,2',
    'loopback,',
  ],
  DRAIN_DELAY: ['500', '6m', '-1s', 'soon'],
  BRAND_COLOR: ['blue', '#fff', '4a53c5', '#3a53c5ff', '#3a53cg', '#ffd400', '#ffffff', '#757575;'],
  LOGO_URL: [
    'logo.png',
    '/logo.png',
    'ftp://example.com/logo.png',
    'javascript:alert(1)',
    'data:image/png,x',
  ],
  TERMS_URL: ['terms', 'javascript:alert(1)', 'https://ada:secret@example.com/'],
  PRIVACY_URL: ['example.com/privacy', 'mailto:privacy@example.com'],
  SUPPORT_EMAIL: [
    'help',
    'Help <help@example.com>',
    'help@example.com?subject=x',
    'a@b@c',
    'help @example.com',
  ],
  REGISTRATION: ['yes', 'OPEN'],
  PASSWORD_POLICY: ['none', 'strict'],
  PASSWORD_MIN_LENGTH: ['7', '65', 'long', '8.5'],
  SESSION_IDLE: ['7', '7 days', '-7d', '0s', '59s', '366d', '1e3d'],
  SESSION_ABSOLUTE: ['24', '0h', '99999d'],
  SESSION_REMEMBER: ['366d', 'forever', '0d'],
  SESSION_LEASE: ['5', '0s', '2m'],
  SESSION_STALE_IF_SQL_DOWN: ['true', '1'],
  ARGON2_MEMORY: ['19455', '1024', 'much', '99999999'],
  ARGON2_TIME: ['1', '0', '2.5', '1000'],
  SMTP_URL: ['mail.example.com', 'http://mail.example.com'],
  SES_REGION: ['Frankfurt', 'eu', 'eu-central-1a', 'https://email.eu-central-1.amazonaws.com'],
  EMAIL_FROM: [
    'nobody',
    'a@b@c',
    'Example <>',
    'a@example.com\nBcc: b@example.com',
    `${'a'.repeat(250)}@example.com`,
  ],
  PORTAL_NAME: ['x'.repeat(61), 'two\nlines'],
  LOG_LEVEL: ['verbose', 'INFO'],
}

for (const [name, values] of Object.entries(wrong)) {
  test(`a wrong ${name} is named, in one sentence that does not repeat it`, () => {
    for (const value of values) {
      const problems = findProblems({ [name]: value })
      assert.equal(problems.length, 1, `${value}: ${problems}`)
      assert.match(problems[0] ?? '', new RegExp(`^${name}: [a-z]`))
      assert.ok(value.length < 6 || !problems[0]?.includes(value), value)
    }
  })
}

test('everything that is wrong is named at once, each in a line of its own', () => {
  const settings = Object.fromEntries(Object.entries(wrong).map(([name, [value = '']]) => [name, value]))

  const problems = findProblems(settings)

  assert.deepEqual(problems.map((line) => line.split(':')[0]).toSorted(), Object.keys(wrong).toSorted())
})

test('settings missing for production are named together with everything else that is wrong', () => {
  const named = findProblems({ NODE_ENV: 'production', PORT: 'x', GOOGLE_CLIENT_ID: 'portal' })

  assert.deepEqual(
    named.map((line) => line.split(':')[0]),
    ['PORT', 'GOOGLE_CLIENT_SECRET', 'SECRET_KEY', 'BASE_URL', 'SMTP_URL', 'EMAIL_FROM'],
  )
})

test('half of a Google client is refused, whichever half it is', () => {
  assert.match(String(findProblems({ GOOGLE_CLIENT_ID: 'portal' })), /^GOOGLE_CLIENT_SECRET: is missing/)
  assert.match(String(findProblems({ GOOGLE_CLIENT_SECRET: 'x' })), /^GOOGLE_CLIENT_ID: is missing/)
})

test('email is sent through an SMTP server or through SES, not through both', () => {
  const { SMTP_URL, ...rest } = production
  const ses = { SES_REGION: 'eu-central-1' }

  assert.deepEqual(findProblems({ ...rest, ...ses }), [])
  assert.deepEqual(readConfig({ ...rest, ...ses }).sendsMail, true)
  assert.equal(readConfig(ses).mailboxShown, false)
  assert.deepEqual(findProblems({ ...production, ...ses }), [
    'SES_REGION: cannot be set together with SMTP_URL: email is sent one way or the other',
  ])
})

test('production refuses addresses without encryption', () => {
  assert.match(
    String(findProblems({ ...production, BASE_URL: 'http://login.example.com' })),
    /^BASE_URL: must start/,
  )
  const google = {
    GOOGLE_CLIENT_ID: 'a',
    GOOGLE_CLIENT_SECRET: 'b',
    GOOGLE_ISSUER: 'http://issuer.example.com',
  }
  assert.match(String(findProblems({ ...production, ...google })), /^GOOGLE_ISSUER: must start/)
})

test('development shows everybody every email, so it is for this machine alone', () => {
  const elsewhere = 'https://login.example.com'
  const sentence = /^BASE_URL: must be on this machine in development.* NODE_ENV=production$/
  assert.match(String(findProblems({ BASE_URL: elsewhere })), sentence)
  assert.match(String(findProblems({ BASE_URL: 'http://192.168.1.7:3000' })), sentence)
  assert.match(String(findProblems({ BASE_URL: 'http://localhost.example.com' })), sentence)
  assert.match(String(findProblems({ BASE_URL: elsewhere, SMTP_URL: 'smtp://127.0.0.1' })), sentence)
  for (const HOST of ['0.0.0.0', '::', '192.168.1.7', 'login.example.com'])
    for (const NODE_ENV of ['', 'development', 'test'])
      assert.match(
        String(findProblems({ HOST, NODE_ENV })),
        /^HOST: must be localhost.* NODE_ENV=production$/,
      )

  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'login.localhost'])
    assert.deepEqual(findProblems({ BASE_URL: `http://${host}:3000` }), [], host)
  for (const HOST of ['localhost', '127.0.0.1', '::1', '127.1.2.3'])
    assert.deepEqual(findProblems({ HOST }), [])
  assert.deepEqual(findProblems({ ...production, HOST: '0.0.0.0' }), [])
  assert.equal(readConfig({ NODE_ENV: 'test', BASE_URL: elsewhere }).mailboxShown, false)
})

test('good settings are taken as they are meant', () => {
  const config = readConfig({
    ...production,
    PORT: '8080',
    SECRET_KEY: `${'n'.repeat(40)}, ${'o'.repeat(40)}`,
    CORS_ORIGINS: 'https://app.example.com/, https://other.example.com:8443',
    TRUST_PROXY: 'loopback, 10.0.0.0/8, 2001:db8::/32, 192.0.2.1',
    SESSION_REMEMBER: '365d',
    PORTAL_NAME: ' Ada & Grace ',
  })

  assert.equal(config.isProduction && config.isHttps, true)
  assert.equal(config.port, 8080)
  assert.deepEqual(config.secretKeys, ['n'.repeat(40), 'o'.repeat(40)])
  assert.deepEqual(config.corsOrigins, ['https://app.example.com', 'https://other.example.com:8443'])
  assert.equal(config.session.rememberMs, 365 * 24 * 60 * 60 * 1000)
  assert.equal(config.portalName, 'Ada & Grace')
  assert.doesNotThrow(() => express().set('trust proxy', config.trustProxy))
})

test('an empty setting counts as one that was not given', () => {
  const config = readConfig({ PORT: '', REDIS_URL: ' ', GOOGLE_CLIENT_ID: '' })

  assert.deepEqual([config.port, config.redisUrl, config.google], [3000, null, null])
})

test('nothing needs to be set to try the portal on a laptop', () => {
  const config = readConfig({})

  assert.equal(config.baseUrl, 'http://localhost:3000')
  assert.equal(config.host, 'localhost')
  assert.match(config.databaseUrl, /^file:/)
  assert.equal(config.mailboxShown, true)
  assert.equal(config.trustProxy, false)
})

test('in production mails are never shown on a page', () => {
  assert.equal(readConfig(production).mailboxShown, false)
})

test('a name with commas and quotes cannot turn the sender of mails into another one', () => {
  const { emailFrom } = readConfig({ PORTAL_NAME: 'Ada" <evil@example.com>, "B' })

  assert.equal(emailFrom, '"Ada\\" <evil@example.com>, \\"B" <no-reply@localhost>')
})

function findProblems(settings: Settings): string[] {
  try {
    readConfig(settings)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

test('each password policy has its least length, and PASSWORD_MIN_LENGTH only raises it', () => {
  const lengthOf = (settings: Record<string, string>) => readConfig(settings).passwordPolicy.minLength

  assert.deepEqual(readConfig({}).passwordPolicy, { name: 'strength', minLength: 8 })
  assert.equal(lengthOf({ PASSWORD_POLICY: 'nist' }), 15)
  assert.equal(lengthOf({ PASSWORD_POLICY: 'nist', PASSWORD_MIN_LENGTH: '10' }), 15)
  assert.equal(lengthOf({ PASSWORD_POLICY: 'nist', PASSWORD_MIN_LENGTH: '20' }), 20)
  assert.equal(lengthOf({ PASSWORD_POLICY: 'classic', PASSWORD_MIN_LENGTH: '12' }), 12)
})

test('accounts without a confirmed email, and a portal without mail, are contradictions only where they are', () => {
  const production = {
    NODE_ENV: 'production',
    BASE_URL: 'https://login.example.com',
    SECRET_KEY: 'x'.repeat(40),
  }
  const optional = { EMAIL_VERIFICATION: 'optional', REGISTRATION: 'open' }

  assert.deepEqual(findProblems({ ...production, ...optional }), [])
  assert.equal(readConfig({ ...production, ...optional }).sendsMail, false)
  assert.equal(readConfig(optional).sendsMail, true)
  assert.deepEqual(findProblems({ EMAIL_VERIFICATION: 'optional', REGISTRATION: 'closed' }), [])
  assert.match(
    findProblems({ EMAIL_VERIFICATION: 'optional' }).join(),
    /^EMAIL_VERIFICATION: .*REGISTRATION=open/,
  )
  assert.match(findProblems({ ...production, REGISTRATION: 'open' }).join(), /SMTP_URL: .*EMAIL_FROM:/)
  assert.match(
    findProblems({ ...production, ...optional, SMTP_URL: 'smtp://mail.example.com' }).join(),
    /^EMAIL_FROM:/,
  )
})
