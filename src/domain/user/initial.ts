import type { User } from './user.ts'

const graphemes = new Intl.Segmenter()

/** Shown in place of a picture: the first letter, as a reader sees it, of the name or else of the address. */
export function toInitial({ displayName, email }: Pick<User, 'displayName' | 'email'>): string {
  const [first] = graphemes.segment(displayName ?? email)
  return first?.segment.toLocaleUpperCase('en') ?? ''
}
