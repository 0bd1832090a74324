/** The pages of the account area, in the order in which its navigation lists them. */
export const accountArea = [
  { path: '/account', label: 'Overview', text: 'Who you are and how you sign in' },
  { path: '/account/profile', label: 'Profile', text: 'Your name and username' },
  { path: '/account/password', label: 'Password', text: 'Change your password, or set one' },
  { path: '/account/sessions', label: 'Sessions', text: 'Where you’re signed in, and programs with access' },
  { path: '/account/history', label: 'History', text: 'What happened to your account' },
  { path: '/account/data', label: 'Data', text: 'Download it, or delete your account' },
] as const
