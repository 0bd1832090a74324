const USERNAME = /^[a-z0-9_.-]{3,32}$/i

/** The one spelling of a username, for every comparison. Null for what cannot be one: look-alikes of other alphabets. */
export function toUsername(typed: string): string | null {
  const name = typed.trim()
  return USERNAME.test(name) ? name.toLowerCase() : null
}
