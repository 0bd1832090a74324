import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createDocumentedProgram, toCommandPage } from '../docs/write-commands.ts'
import { listCommands, listOptions, toPath } from '../src/terminal/tree.ts'

const commands = listCommands(createDocumentedProgram())
const leaves = commands.filter(({ commands }) => commands.length === 0)
const page = readFileSync(new URL('../docs/command-line.md', import.meta.url), 'utf8')

/** All that is ever typed after a command or an option. None of it opens anything. */
const TYPED = [
  'address',
  'cursor',
  'domain',
  'email',
  'event',
  'file',
  'head',
  'id',
  'name',
  'number',
  'order',
  'person',
  'prefix',
  'role',
  'scope',
  'shell',
  'state',
  'status',
  'text',
  'time',
  'username',
  'who',
]
const SOUNDS_SECRET = /secret|passw|token|hash|credential|\bkey\b/i

test('docs/command-line.md says what the commands are (npm run commands writes it)', () => {
  assert.equal(page, toCommandPage())
  assert.ok(leaves.length > 8)
})

test('what --help says about a command is in the docs: its usage, its description, every argument and option', () => {
  for (const command of leaves) {
    const chapter = page.split(/^##+ /m).find((each) => each.startsWith(`${toPath(command)}\n`)) ?? ''
    const help = toPlain(command.helpInformation())
    const [usage = '', description = ''] = /^Usage: (.*?) (?=[A-Z])/.exec(help)?.slice(1) ?? []
    assert.ok(chapter.includes(usage) && toPlain(chapter).includes(description), toPath(command))
    for (const option of command.options)
      assert.ok(chapter.includes(`\`${option.flags}\``), `${toPath(command)} ${option.flags}`)
    for (const argument of command.registeredArguments)
      assert.ok(chapter.includes(`\`<${argument.name()}>\` | ${argument.description}`), toPath(command))
    assert.ok(help.includes(toPlain(command.description())), toPath(command))
  }
})

test('every command says what it does, in a line for the list and in a sentence for its own help', () => {
  for (const command of commands.slice(1)) {
    assert.match(command.summary(), /^[a-z][^.]{3,60}$/, toPath(command))
    assert.match(command.description(), /^[A-Z][\s\S]{10,}/, toPath(command))
    for (const { flags, description } of listOptions(command))
      assert.ok(description, `${toPath(command)} ${flags}`)
    for (const argument of command.registeredArguments) assert.ok(argument.description, toPath(command))
  }
})

test('nothing secret is ever typed into a command: others can read the command lines of this machine', () => {
  for (const command of commands) {
    const named = command.registeredArguments.map((argument) => argument.name())
    const valued = command.options.flatMap(({ flags }) => /[<[](.+?)(?:\.\.\.)?[\]>]/.exec(flags)?.[1] ?? [])
    for (const typed of [...named, ...valued]) {
      assert.ok(
        TYPED.includes(typed),
        `${toPath(command)}: may <${typed}> be a secret? If not, add it to TYPED`,
      )
      assert.doesNotMatch(typed, SOUNDS_SECRET)
    }
    for (const { long } of command.options) assert.doesNotMatch(long ?? '', SOUNDS_SECRET, toPath(command))
  }
}) // AUT-14

function toPlain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
