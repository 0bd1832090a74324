/** A form of a page, as a browser without JavaScript would send it. */
export type PageForm = {
  action: string
  fields: Record<string, string>
  /** The names of those that people see. */
  seen: string[]
}

/** Those that change something. */
export function readForms(html: string): PageForm[] {
  return [...html.matchAll(/<form method="post" action="([^"]*)"[^>]*>(.*?)<\/form>/gs)].map(
    ([, action = '', inside = '']) => ({ action: decode(action), ...readFields(inside) }),
  )
}

/** What the page says besides itself: that something is done, or what is wrong. */
export function readSentences(html: string): string {
  const alerts = html.matchAll(/<div class="alert[^>]*>(.*?)<\/div>/gs)
  const besideFields = html.matchAll(/<p class="error"[^>]*>(.*?)<\/p>/gs)
  return [...alerts, ...besideFields].map(([, inside = '']) => toText(inside)).join(' ')
}

export function readHeading(html: string): string {
  return toText(/<h1[^>]*>(.*?)<\/h1>/s.exec(html)?.[1] ?? '')
}

/** Where it leads within the portal, each address once. */
export function readLinks(html: string): string[] {
  const links = [...html.matchAll(/<a [^>]*href="(\/[^"#]*)"/g)].map(([, href = '']) => decode(href))
  return [...new Set(links)]
}

export function decode(html: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', '#34': '"', '#39': "'", quot: '"' }
  return html.replace(/&(#?\w+);/g, (_, name) => characters[name] ?? '')
}

function readFields(html: string): Pick<PageForm, 'fields' | 'seen'> {
  const inputs = [...html.matchAll(/<input\b([^>]*)>/g)].map(([, attributes = '']) => attributes)
  const sent = inputs.filter((input) => readAttribute(input, 'name') && !isUnchecked(input))
  const isHidden = (input: string) => readAttribute(input, 'type') === 'hidden' || /\shidden\b/.test(input)
  const nameOf = (input: string) => readAttribute(input, 'name')
  return {
    fields: Object.fromEntries(sent.map((input) => [nameOf(input), readAttribute(input, 'value')])),
    seen: sent.filter((input) => !isHidden(input)).map(nameOf),
  }
}

function isUnchecked(input: string): boolean {
  return readAttribute(input, 'type') === 'checkbox' && !/\schecked\b/.test(input)
}

function readAttribute(tag: string, name: string): string {
  return decode(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '')
}

function toText(html: string): string {
  return decode(html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')).trim()
}
