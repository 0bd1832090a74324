import type { User } from './user.ts'

const graphemes = new Intl.Segmenter()

/** What stands for a picture: the first letter of the name, as a reader would say it, or of the address. */
export function toInitial({ displayName, email }: Pick<User, 'displayName' | 'email'>): string {
  const [first] = graphemes.segment(displayName ?? email)
  return first?.segment.toLocaleUpperCase('en') ?? ''
}
