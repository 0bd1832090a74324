import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createDocumentedProgram } from '../docs/write-commands.ts'
import { SHELLS, type Shell } from '../src/terminal/completion.ts'
import { listPlaces } from '../src/terminal/tree.ts'
import { openShell } from './support/command-line.ts'

const places = listPlaces(createDocumentedProgram())

/** Prints what the shell offers after a line, one word each. */
const scripts: Record<Shell, { args(file: string): string[]; ask(line: string): string }> = {
  bash: {
    args: (file) => ['--norc', file],
    ask: (line) => {
      const words = line.split(' ')
      return `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_gatehouse; printf '%s\\n' "\${COMPREPLY[@]}"; echo ---`
    },
  },
  zsh: {
    args: (file) => ['-f', file],
    ask: (line) => {
      const words = line.split(' ')
      return `words=(${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length}
_gatehouse; echo ---`
    },
  },
  fish: {
    args: (file) => ['--no-config', file],
    ask: (line) => `complete -C'${line}' | string split -f1 \\t; echo ---`,
  },
}
/** zsh completes only for somebody at a keyboard: here its last step prints what it was given. */
const prelude = {
  bash: '',
  zsh: `compdef() { :; }; _files() { echo a-file; }
_describe() { local one; for one in \${(P)2}; do echo "\${one%%:*}"; done | grep -F -- "$words[CURRENT]"; }`,
  fish: '',
}

for (const name of SHELLS)
  test(`the Tab key knows every command and option, in ${name}`, async () => {
    await using shell = await openShell()
    const script = await shell.gatehouse(['completion', name])
    assert.deepEqual([script.code, script.errors], [0, ''])
    const lines = places.flatMap(({ path }) => [`${path} `, `${path} --`])
    const file = join(shell.folder, 'complete')
    const { args, ask } = scripts[name]
    await writeFile(file, [prelude[name], script.output, ...lines.map(ask)].join('\n'))

    const run = shell.start(name, args(file))
    run.end()
    const { output, errors, code } = await run.ended

    assert.deepEqual([code, errors], [0, ''])
    const offered = output
      .split('---\n')
      .slice(0, -1)
      .map((block) => block.trim().split('\n').sort())
    assert.equal(offered.length, lines.length)
    places.forEach(({ path, words, options }, index) => {
      const [found = [], dashed = []] = offered.slice(2 * index)
      if (words.length > 0) assert.deepEqual(found, words.map((word) => word.name).sort(), path)
      assert.deepEqual(dashed, options.map((option) => option.name).sort(), path)
    })
  })
