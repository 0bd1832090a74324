type Piece = { kind: 'name' | 'text' | 'value' | 'mark'; text: string }

const PARTS =
  /(?<name>"(?:[^"\\]|\\.)*")(?=:)|(?<text>"(?:[^"\\]|\\.)*")|(?<value>[\w.+-]+)|(?<mark>[^"\w.+-]+)/g

/** JSON as people read it, in pieces that a stylesheet can tell apart. */
export function toPieces(value: unknown): Piece[] {
  return [...JSON.stringify(value, null, 2).matchAll(PARTS)].map(({ 0: text, groups = {} }) => {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined) as Piece['kind']
    return { kind, text }
  })
}
