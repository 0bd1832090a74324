import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { listRequests } from '../support/addresses.ts'
import { undoToken } from '../support/email-change.ts'
import { letProofsAge } from '../support/freshness.ts'
import { notMeToken } from '../support/not-me.ts'
import { write } from '../support/outbox.ts'
import { type PageForm, readForms, readLinks } from '../support/page-forms.ts'
import { carryOn, type Ending, fill, type Patient } from '../support/patient-person.ts'
import { openPortal } from '../support/portal.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'
import type { Answer, Visitor } from '../support/visitor.ts'

const PASSWORDS = ['sunset marble violin', 'granite teapot harbour', 'copper lantern orbit'] as const

type Person = Patient & { email: string; password: string; code: string }
/** Somebody in front of a page: answers with the pages from which the others can be reached. */
type Scene = { name: string; enter(person: Person): Promise<string[]>; staysThere?: boolean }
/** `at`: which of the pages of the scene it is, where it is one of them. */
type Found = { scene: Scene; page: string; at: number; action: string }
type Open = Found & { person: Person; form: PageForm; typed: Record<string, string> }
type Trouble = {
  name: string
  /** Between opening the page and sending the form. */
  strike?(opened: Open): Promise<unknown>
  /** Where it is not sent once. */
  send?(opened: Open): Promise<Answer>
  isEnd?(ending: Ending, opened: Open): boolean
}

let portal = await openPortal({ settings: behindProxy })
const { dataDir, baseUrl } = portal
const sameAgain = { ...behindProxy, DATA_DIR: dataDir, PORT: String(portal.port), BASE_URL: baseUrl }
after(() => portal.close())
let count = 0

/** An address with whomever it is about left out. */
const toPattern = (path: string) => path.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, ':id')

function toEmailFor(person: Person, action: string): string {
  if (action === '/admin/users/new') return `invited${++count}@example.com`
  return ['/register', '/account/email'].includes(action) ? newEmailOf(person) : person.email
}

const newEmailOf = ({ email }: Person) => email.replace('person', 'new')

function newPerson(): Person {
  const number = ++count
  const person: Person = {
    email: `person${number}@example.com`,
    password: PASSWORDS[0],
    code: '',
    visitor: portal.openVisitor({ 'x-forwarded-for': nextAddress() }),
    knows: (action) => {
      const newPassword = PASSWORDS.find((each) => each !== person.password) ?? ''
      return {
        login: person.email,
        email: toEmailFor(person, action),
        password: ['/register', '/reset-password'].includes(action) ? newPassword : person.password,
        current_password: person.password,
        new_password: newPassword,
        display_name: `Person ${number}`,
        username: action === '/admin/users/new' ? `invited-${count}` : `person-${number}`,
        code: person.code,
      }
    },
    openMail: async () => person.visitor.openLink(await portal.linkMailedTo(person.email)),
  }
  return person
}

const addMember = ({ email, password }: Person) => portal.addPerson({ email, password })

/** An administrator, and the pages about two people: one who is signed in and one who is deactivated. */
async function openFiles({ email, password, visitor }: Person): Promise<string[]> {
  await portal.addPerson({ email, password, role: 'admin' })
  await signIn({ email, password }, visitor)
  const files = await Promise.all(
    [true, false].map((isActive) =>
      portal.addPerson({ email: `subject${++count}@example.com`, password: PASSWORDS[0], isActive }),
    ),
  )
  const [one, other] = files.map((id) => `/admin/users/${id}`)
  await signIn({ email: `subject${count - 1}@example.com`, password: PASSWORDS[0] }, openStranger(portal))
  return ['/admin/users/new', `${one}`, `${one}/edit`, `${one}/deactivate`, `${other}`]
}

const signIn = ({ email, password }: Pick<Person, 'email' | 'password'>, visitor: Visitor) =>
  visitor.submit('/login', { login: email, password })
const register = ({ email, password, visitor }: Person) => visitor.submit('/register', { email, password })

async function startMoving(person: Person) {
  await addMember(person)
  await signIn(person, person.visitor)
  await person.visitor.submit('/account/email', { email: newEmailOf(person) })
}

const scenes: Scene[] = [
  {
    name: 'a visitor',
    enter: async (person) => {
      await addMember(person)
      return ['/login']
    },
  },
  {
    name: 'a member',
    enter: async (person) => {
      await addMember(person)
      const { body } = await openStranger(portal).post('/auth/login', {
        login: person.email,
        password: person.password,
      })
      const scope = 'account:read offline_access'
      const headers = { authorization: `Bearer ${body.session.id}` }
      await portal.client.send(portal.client.portal.post('/auth/token').type('form').send({ scope }), headers)
      await signIn(person, person.visitor)
      return ['/account', '/logout']
    },
  },
  {
    name: 'somebody with a link to choose a new password',
    enter: async (person) => {
      await addMember(person)
      await openStranger(portal).submit('/forgot-password', { email: person.email })
      await person.openMail()
      return ['/reset-password']
    },
  },
  {
    name: 'somebody who has registered',
    enter: async (person) => {
      await register(person)
      person.code = await portal.codeMailedTo(person.email)
      return ['/registered']
    },
  },
  {
    name: 'somebody with a link to confirm their email',
    enter: async (person) => {
      await register(person)
      await person.openMail()
      return ['/verify-email']
    },
  },
  {
    name: 'a member who moves to another email',
    enter: async (person) => {
      await startMoving(person)
      person.code = await portal.codeMailedTo(newEmailOf(person))
      return ['/account/email']
    },
  },
  {
    name: 'a member with a link to confirm another email',
    enter: async (person) => {
      await startMoving(person)
      await person.visitor.openLink(await portal.linkMailedTo(newEmailOf(person)))
      return ['/account/email/confirm']
    },
  },
  {
    name: 'somebody with a link to undo a change of email',
    enter: async (person) => {
      await startMoving(person)
      await person.visitor.openLink(`/undo-email-change?token=${await undoToken(portal, person.email)}`)
      return ['/undo-email-change']
    },
  },
  {
    name: 'a member with a Google account',
    enter: async (person) => {
      const userId = await addMember(person)
      const identity = { provider: 'google', subject: person.email, userId, email: person.email }
      await portal.services.repositories.identities.insert(identity, new Date())
      await signIn(person, person.visitor)
      return ['/account/identities']
    },
  },
  {
    name: 'somebody who reads of a sign-in that was not theirs',
    enter: async (person) => {
      await addMember(person)
      for (const device of [1, 2].map(() => openStranger(portal))) await signIn(person, device)
      await person.visitor.openLink(`/not-me?token=${await notMeToken(portal, person.email)}`)
      return ['/not-me']
    },
  },
  {
    name: 'a member who is about to leave for good',
    enter: async (person) => {
      await addMember(person)
      await signIn(person, person.visitor)
      await person.visitor.submit('/account/data/delete')
      await signIn(person, person.visitor)
      return ['/account']
    },
  },
  { name: 'an administrator', staysThere: true, enter: openFiles },
  {
    name: 'an administrator in front of an email that waits',
    staysThere: true,
    enter: async (person) => {
      await addMember(person)
      await portal.database.user.update({ where: { email: person.email }, data: { role: 'admin' } })
      await signIn(person, person.visitor)
      await write(portal, person.email, 'https://a/1', new Date())
      return ['/admin/mail?state=waiting']
    },
  },
  {
    name: 'a member who is asked who they are',
    enter: async (person) => {
      await addMember(person)
      await signIn(person, person.visitor)
      await letProofsAge(portal)
      return ['/reauthenticate?return_to=/account/profile']
    },
  },
]

/** They know what they have chosen. */
function learn(
  person: Person,
  { action }: PageForm,
  { new_password, password = '' }: Record<string, string>,
) {
  if (['/reset-password', '/account/password'].includes(action)) person.password = new_password ?? password
}

const usedUp = ['/not-me', '/reset-password', '/verify-email', '/account/email/confirm', '/undo-email-change']
const forVisitors = ['/login', '/register']

const troubles: Trouble[] = [
  { name: 'a page that was open for long', strike: () => letProofsAge(portal) },
  {
    name: 'two presses of the button',
    send: async ({ person, form, typed }) => {
      const [, second] = await Promise.all([1, 2].map(() => person.visitor.submit(form.action, typed)))
      learn(person, form, typed)
      return second as Answer
    },
    isEnd: ({ path }, { action }) => usedUp.includes(action) && path === action,
  },
  {
    name: 'Back, and the button again',
    strike: async ({ person, form, typed }) => {
      const answer = await person.visitor.submit(form.action, typed)
      await carryOn(person, { form, typed, answer })
      learn(person, form, typed)
    },
    isEnd: ({ path }, { action }) => usedUp.includes(action) && path === action,
  },
  {
    name: 'a sign-in in another tab',
    strike: ({ person }) => signIn(person, person.visitor),
    isEnd: ({ path }, { action }) =>
      (forVisitors.includes(action) && path === '/account') ||
      // Where its owner has signed in, they choose a new password at once.
      (action === '/not-me' && path === '/reset-password'),
  },
  {
    name: 'somebody else’s sign-in in another tab',
    strike: async ({ person: { visitor } }) => {
      const other = newPerson()
      await addMember(other)
      await visitor.submit('/logout')
      await signIn(other, visitor)
    },
    // They are told who is signed in, or that their link did what it is for.
    isEnd: ({ said }) => said.length > 0,
  },
  { name: 'a sign-out in another tab', strike: ({ person: { visitor } }) => visitor.submit('/logout') },
  {
    name: 'the session ended from another device',
    strike: async ({ person: { email, password } }) => {
      const device = openStranger(portal)
      await device.submit('/login', { login: email, password })
      await device.submit('/account/sessions/end-all')
    },
  },
  {
    name: 'the cookies cleared',
    strike: async ({ person: { visitor } }) => visitor.jar.clear(),
    // The token is nowhere by then: they are told to open the link again.
    isEnd: ({ path }, { action }) => action === '/account/email/confirm' && path === '/account/email',
  },
]

/** Every form that somebody meets there, found by following the links. */
async function explore(scene: Scene): Promise<Found[]> {
  const person = newPerson()
  const pages = await scene.enter(person)
  const found: Found[] = []
  for (const [at, page] of pages.entries()) {
    const { text } = await person.visitor.visit(page)
    found.push(...readForms(text).map(({ action }) => ({ scene, page, at, action })))
    if (scene.staysThere) continue
    pages.push(...readLinks(text).filter((link) => !pages.includes(link) && !link.startsWith('/docs')))
  }
  return found
}

async function open(found: Found): Promise<Open> {
  const person = newPerson()
  const pages = await found.scene.enter(person)
  const page = pages[found.at] ?? found.page
  const { text } = await person.visitor.visit(page)
  const form = readForms(text).find(({ action }) => toPattern(action) === toPattern(found.action))
  assert.ok(form, `${page} has no such form now`)
  return { ...found, person, form, typed: fill(form, person) }
}

async function send(opened: Open, { send }: Trouble): Promise<Ending> {
  const { person, form, typed } = opened
  const answer = await (send ? send(opened) : person.visitor.submit(form.action, typed))
  return carryOn(person, { form, typed, answer })
}

const met: Found[] = []
for (const scene of scenes) met.push(...(await explore(scene)))
/** Each form where it is met first. */
const forms = met.filter(
  ({ action }, index) => met.findIndex((each) => toPattern(each.action) === toPattern(action)) === index,
)

test('every address that takes a form is met by somebody, but for those at Google', () => {
  const isPage = ([method, path = '']: string[]) => method === 'POST' && !/^\/(auth|users)\b/.test(path)
  const addresses = listRequests(portal).map((request) => request.split(' '))
  const unmet = addresses
    .filter(isPage)
    .filter(([, path]) => !forms.some(({ action }) => toPattern(action) === path))
  assert.deepEqual(unmet, [])
})

for (const found of forms) {
  test(`${toPattern(found.action)}, for ${found.scene.name}, leads on whatever happened meanwhile`, async (t) => {
    const usual = await send(await open(found), { name: 'nothing' })
    for (const trouble of troubles) {
      await t.test(trouble.name, async () => {
        const opened = await open(found)
        await trouble.strike?.(opened)
        const ending = await send(opened, trouble)
        const isUsual = toPattern(ending.path) === toPattern(usual.path)
        assert.ok(isUsual || trouble.isEnd?.(ending, opened), `${JSON.stringify(ending)} not ${usual.path}`)
      })
    }
  })
}

test('every form leads on after the portal was started again', async (t) => {
  const opened: Open[] = []
  for (const found of forms) opened.push(await open(found))
  await portal.close()
  portal = await openPortal({ settings: sameAgain })
  for (const each of opened)
    await t.test(each.action, async () => void (await send(each, { name: 'a new start' })))
})
