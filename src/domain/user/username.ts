const USERNAME = /^[a-z0-9_.-]{3,32}$/i

export const usernameTaken = {
  field: 'username',
  code: 'username_taken',
  message: 'This username is taken. Choose another one.',
}

/** The one spelling of a username, for every comparison. Null for what cannot be one: look-alikes of other alphabets. */
export function toUsername(typed: string): string | null {
  const name = typed.trim()
  return USERNAME.test(name) ? name.toLowerCase() : null
}
