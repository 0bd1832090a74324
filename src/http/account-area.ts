/** The pages of the account area, in the order in which its navigation lists them. */
const pages = [
  { path: '/account', label: 'Overview', text: 'Who you are and how you sign in' },
  { path: '/account/profile', label: 'Profile', text: 'Your name and username' },
  { path: '/account/email', label: 'Email', text: 'Move to another address' },
  { path: '/account/password', label: 'Password', text: 'Change your password, or set one' },
  {
    path: '/account/identities',
    label: 'Linked accounts',
    text: 'Other accounts you can sign in with',
    needsProvider: true,
  },
  { path: '/account/sessions', label: 'Sessions', text: 'Where you’re signed in, and programs with access' },
  { path: '/account/history', label: 'History', text: 'What happened to your account' },
  { path: '/account/data', label: 'Data', text: 'Download it, or delete your account' },
]

/** Linked accounts are among them only where a provider is set up. */
export function listAccountArea({ hasProviders }: { hasProviders: boolean }) {
  return pages.filter(({ needsProvider = false }) => hasProviders || !needsProvider)
}
