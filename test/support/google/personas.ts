import { createHash } from 'node:crypto'

/** Somebody with a Google account; `hd` is the domain of their organisation's Workspace. */
export type Persona = { sub: string; name: string; email: string; emailVerified: boolean; hd?: string }

export type Personas = Record<'ada' | 'grace' | 'sam' | 'una', Persona> & Record<string, Persona>

export function createPersonas(): Personas {
  return {
    ada: {
      sub: '101815129061852010001',
      name: 'Ada Lovelace',
      email: 'ada.lovelace@gmail.com',
      emailVerified: true,
    },
    grace: {
      sub: '101906120919920010002',
      name: 'Grace Hopper',
      email: 'grace@workspace.example',
      emailVerified: true,
      hd: 'workspace.example',
    },
    sam: {
      sub: '101970010119700010003',
      name: 'Sam Outside',
      email: 'sam@outside.example',
      emailVerified: true,
    },
    una: {
      sub: '101980010119800010004',
      name: 'Una Unproved',
      email: 'una@unproved.example',
      emailVerified: false,
    },
  }
}

/** The same address is the same account, each time it is typed. */
export function inventPersona(email: string): Persona {
  const digest = createHash('sha256').update(email.trim().toLowerCase()).digest()
  const sub = `1${digest.readBigUInt64BE().toString().padStart(20, '0')}`
  return { sub, name: email.trim().split('@')[0] ?? '', email: email.trim(), emailVerified: true }
}

export function claimsOf({ sub, name, email, emailVerified, hd }: Persona) {
  const [givenName, ...otherNames] = name.split(' ')
  return {
    sub,
    name,
    given_name: givenName,
    family_name: otherNames.join(' '),
    email,
    email_verified: emailVerified,
    hd,
  }
}
