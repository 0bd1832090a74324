// CommonJS: a thread that is ended while it requires an ES module takes the whole process with it.
const { ZxcvbnFactory } = require('@zxcvbn-ts/core')
const common = require('@zxcvbn-ts/language-common')
const english = require('@zxcvbn-ts/language-en')

type Match = { pattern: string; token: string }

const estimator = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
})

module.exports = ({ password, words }: { password: string; words: string[] }) => {
  const { guesses, sequence } = estimator.check(password, words)
  const isListed = sequence.some(
    ({ pattern, token }: Match) => pattern === 'dictionary' && token.length === password.length,
  )
  return { guesses, isListed }
}
