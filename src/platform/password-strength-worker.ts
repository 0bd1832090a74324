import { createRequire } from 'node:module'

// The packages' ES modules import JSON without saying so, which Node refuses.
const require = createRequire(import.meta.url)
const { ZxcvbnFactory } = require('@zxcvbn-ts/core')
const common = require('@zxcvbn-ts/language-common')
const english = require('@zxcvbn-ts/language-en')

const estimator = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
})

export default function estimate({ password, words }: { password: string; words: string[] }) {
  const { guesses, sequence } = estimator.check(password, words)
  const isListed = sequence.some(
    ({ pattern, token }: { pattern: string; token: string }) =>
      pattern === 'dictionary' && token.length === password.length,
  )
  return { guesses, isListed }
}
