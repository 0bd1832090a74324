// npm run settings: writes docs/settings.md from src/settings.ts.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { groups } from '../src/settings.ts'

const INTRODUCTION = `# Settings

Settings come from the environment, or from a \`.env\` file in the folder you start from. If any is wrong, the portal names every one that
is and does not start. Durations are a number and a unit: \`500ms\`, \`90s\`, \`15m\`, \`24h\`, \`7d\`. In a list, put commas between the parts.

Corners, the font and all colours but the brand's are custom properties at the top of \`public/css/app.css\`.

This page is written by \`npm run settings\` from \`src/settings.ts\`.
`

/** The page as it should be. */
export function toSettingsPage(): string {
  const chapters = Object.entries(groups).map(([title, settings]) => {
    const rows = Object.entries(settings).map(([name, setting]) => toRow(name, setting))
    return [`## ${title}`, '', '| setting | when unset | what it does |', '| --- | --- | --- |', ...rows].join('\n')
  })
  return [INTRODUCTION, ...chapters.map((chapter) => `${chapter}\n`)].join('\n')
}

function toRow(name: string, setting: z.ZodType): string {
  const { description = '', unset } = setting.meta() ?? {}
  return `| \`${name}\` | ${unset ?? toDefault(setting)} | ${description.replaceAll('|', '\\|')} |`
}

/** What is taken when nothing is set, as it would be typed. */
function toDefault(setting: z.ZodType): string {
  const { def } = setting as unknown as { def: { type: string; defaultValue?: unknown; in?: z.ZodType; innerType?: z.ZodType } }
  if (def.type === 'default') return Array.isArray(def.defaultValue) ? 'none' : `\`${def.defaultValue}\``
  const inner = def.in ?? def.innerType
  return inner ? toDefault(inner) : 'none'
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('settings.md', import.meta.url), toSettingsPage())
