import type { RequestHandler } from 'express'

export type Area = { label: string; home: string; pages: AreaPage[] }
export type Areas = { account: Area; admin: Area }
type AreaPage = { path: string; label: string; text: string }
type Offered = { hasProviders: boolean; sendsMail: boolean }

/** What is found together behind the door, in the order in which the navigation lists it. */
export function listAreas(offered: Offered): Areas {
  return {
    account: { label: 'Your account', home: '/account', pages: listAccountPages(offered) },
    admin: { label: 'Administration', home: '/admin', pages: listAdminPages(offered) },
  }
}

/** Also for the pages of what is refused before anybody is asked who they are. */
export function tellArea({ account, admin }: Areas): RequestHandler {
  return (req, res, next) => {
    res.locals.path = req.path
    res.locals.area = /^\/admin(\/|$)/.test(req.path) ? admin : account
    next()
  }
}

function listAccountPages({ hasProviders, sendsMail }: Offered): AreaPage[] {
  return [
    { path: '/account', label: 'Overview', text: 'Who you are and how you sign in' },
    { path: '/account/profile', label: 'Profile', text: 'Your name and username' },
    ...(sendsMail ? [{ path: '/account/email', label: 'Email', text: 'Move to another address' }] : []),
    { path: '/account/password', label: 'Password', text: 'Change your password, or set one' },
    ...(hasProviders
      ? [
          {
            path: '/account/identities',
            label: 'Linked accounts',
            text: 'Other accounts you can sign in with',
          },
        ]
      : []),
    {
      path: '/account/sessions',
      label: 'Sessions',
      text: 'Where you’re signed in, and programs with access',
    },
    { path: '/account/history', label: 'History', text: 'What happened to your account' },
    { path: '/account/data', label: 'Data', text: 'Download it, or delete your account' },
  ]
}

function listAdminPages({ sendsMail }: Offered): AreaPage[] {
  return [
    { path: '/admin', label: 'Overview', text: 'How the portal is doing' },
    { path: '/admin/users', label: 'Users', text: 'Who has an account' },
    { path: '/admin/audit', label: 'Audit log', text: 'What happened, to whom, and who did it' },
    ...(sendsMail
      ? [{ path: '/admin/mail', label: 'Email', text: 'What waits, and what could not be sent' }]
      : []),
  ]
}
