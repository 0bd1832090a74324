/** All but line ends and tabs. */
const COMMANDS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Names and the like come from strangers: what would command a terminal, or turn the direction of reading, is written as JSON writes it. */
export function toPrintable(text: string): string {
  return text.replace(COMMANDS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
