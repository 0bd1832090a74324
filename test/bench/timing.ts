// npm run bench:timing: does the time of an answer tell who has an account? 0.5 is a coin, 1 is certainty.
import { openPortal } from '../support/portal.ts'
import { nextAddress } from '../support/strangers.ts'

const ROUNDS = Number(process.argv[2] ?? 150)
const SETTINGS = { TRUST_PROXY: 'loopback', LOG_LEVEL: 'silent' }
const PASSWORD = 'sunset marble violin'

type Ask = () => Promise<unknown>
type Question = { what: string; one: Ask; other: Ask }

await using portal = await openPortal({ settings: SETTINGS })
const { client, services } = portal
const post = (path: string, body: object) =>
  client.send(client.portal.post(path).type('json').send(JSON.stringify(body)), {
    'x-forwarded-for': nextAddress(),
  })

let count = 0
const addPeople = async (options: { isVerified: boolean }) => {
  const emails = Array.from({ length: ROUNDS + 10 }, () => `person-${++count}@example.com`)
  const passwordHash = await services.passwords.hash(PASSWORD)
  const now = new Date(Date.now() - 3_600_000)
  for (const email of emails) {
    const emailVerifiedAt = options.isVerified ? now : null
    const person = { email, emailVerifiedAt, wantedUsername: null, displayName: null, passwordHash, now }
    await services.repositories.users.insert(person)
  }
  return emails
}
const newcomer = () => `new-${++count}@example.com`
const take = (emails: string[]) => emails.pop() ?? newcomer()

const [members, waiting, moreMembers, moreWaiting, forgetful, unproved, wanted] = [
  await addPeople({ isVerified: true }),
  await addPeople({ isVerified: false }),
  await addPeople({ isVerified: true }),
  await addPeople({ isVerified: false }),
  await addPeople({ isVerified: true }),
  await addPeople({ isVerified: false }),
  await addPeople({ isVerified: true }),
]
const resend = (email: string) => post('/auth/resend-verification', { email })
const forget = (email: string) => post('/auth/forgot-password', { email })
const register = (email: string) => post('/auth/register', { email, password: PASSWORD })
/** Each by a member of their own: an account asks only so often. */
const secrets: string[] = []
for (const email of [
  ...(await addPeople({ isVerified: true })),
  ...(await addPeople({ isVerified: true })),
]) {
  const { body } = await post('/auth/login', { login: email, password: PASSWORD })
  secrets.push(body.session.id)
}
const changeEmail = (email: string) =>
  client.send(client.portal.post('/auth/change-email').type('json').send(JSON.stringify({ email })), {
    'x-forwarded-for': nextAddress(),
    authorization: `Bearer ${secrets.pop()}`,
  })
const login = (name: string) => post('/auth/login', { login: name, password: 'not this one' })

const questions: Question[] = [
  // First, while its members are fresh.
  {
    what: 'change email: member or new',
    one: () => changeEmail(take(wanted)),
    other: () => changeEmail(newcomer()),
  },
  { what: 'resend: waiting or unknown', one: () => resend(take(waiting)), other: () => resend(newcomer()) },
  { what: 'resend: member or unknown', one: () => resend(take(members)), other: () => resend(newcomer()) },
  { what: 'forgot: member or unknown', one: () => forget(take(forgetful)), other: () => forget(newcomer()) },
  { what: 'forgot: waiting or unknown', one: () => forget(take(unproved)), other: () => forget(newcomer()) },
  {
    what: 'register: member or new',
    one: () => register(take(moreMembers)),
    other: () => register(newcomer()),
  },
  {
    what: 'register: waiting or new',
    one: () => register(take(moreWaiting)),
    other: () => register(newcomer()),
  },
  {
    what: 'sign in: member or unknown',
    one: () => login(`person-${(++count % 100) + 1}@example.com`),
    other: () => login(newcomer()),
  },
]

for (const { what, one, other } of questions) {
  const [ones, others]: number[][] = [[], []]
  for (let round = -5; round < ROUNDS; round++) {
    // Now one first, now the other, each when nothing is under way any more.
    const pair = [
      { ask: one, times: ones },
      { ask: other, times: others },
    ]
    for (const { ask, times } of round % 2 ? pair : pair.toReversed()) {
      const ms = await measure(ask)
      if (round >= 0) times?.push(ms)
      await portal.world.afterwards.settle()
    }
  }
  console.log(
    `${what.padEnd(28)} AUC ${toAuc(ones ?? [], others ?? []).toFixed(2)}   medians ${toMedian(ones ?? [])} and ${toMedian(others ?? [])} ms`,
  )
}

async function measure(ask: Ask): Promise<number> {
  const begin = performance.now()
  await ask()
  return performance.now() - begin
}

/** How often a time of one is longer than a time of the other. */
function toAuc(ones: number[], others: number[]): number {
  const longer = ones.flatMap((one) => others.map((other) => (one > other ? 1 : one === other ? 0.5 : 0)))
  return longer.reduce((sum: number, each) => sum + each, 0) / longer.length
}

function toMedian(times: number[]): string {
  return (times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0).toFixed(1)
}
