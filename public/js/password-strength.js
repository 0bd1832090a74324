// Says, while a password is being chosen, whether it will do. Nothing leaves the page. Without its dictionaries it is silent.
const ENGINE = ['/js/vendor/zxcvbn.js', '/js/vendor/zxcvbn-common.js', '/js/vendor/zxcvbn-en.js']
const MINIMUM_LENGTH = 8
const MAXIMUM_LENGTH = 128
const MINIMUM_GUESSES = 1e8
const ESTIMATED_LENGTH = 40
const SHORTEST_WORD = 4
const SHARED_BY_MANY = ['mail', 'gmail', 'example']
const PAUSE_MS = 300

const REASONS = {
  straightRow: 'Rows of keys are easy to guess.',
  keyPattern: 'Patterns on the keyboard are easy to guess.',
  simpleRepeat: 'Repeated characters are easy to guess.',
  extendedRepeat: 'Repeated parts are easy to guess.',
  sequences: 'Sequences such as “abc” or “6543” are easy to guess.',
  recentYears: 'Years are easy to guess.',
  dates: 'Dates are easy to guess.',
  topTen: 'This is one of the most used passwords.',
  topHundred: 'This is one of the most used passwords.',
  common: 'This password is used by many people.',
  similarToCommon: 'This is very close to a password that many people use.',
  wordByItself: 'A single word is easy to guess.',
  namesByThemselves: 'A name is easy to guess.',
  commonNames: 'Names are easy to guess.',
}

const password = document.querySelector('input[autocomplete="new-password"]')
const personal = ['email', 'display_name', 'username']
  .map((id) => document.getElementById(id))
  .filter(Boolean)
const feedback = document.getElementById('password-strength')
let engine
let pause

password.addEventListener('focus', startEngine, { once: true })
for (const field of [password, ...personal]) {
  field.addEventListener('input', () => {
    clearTimeout(pause)
    pause = setTimeout(update, PAUSE_MS)
  })
}
if (document.activeElement === password) startEngine()

async function startEngine() {
  try {
    await Promise.all(ENGINE.map(loadScript))
    const { core, 'language-common': common, 'language-en': english } = window.zxcvbnts
    engine = new core.ZxcvbnFactory({
      dictionary: { ...common.dictionary, ...english.dictionary },
      graphs: common.adjacencyGraphs,
    })
    update()
  } catch {
    engine = undefined
  }
}

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = address
    script.onload = resolve
    script.onerror = reject
    document.head.append(script)
  })
}

function update() {
  if (!engine) return
  if (password.value === '') return feedback.replaceChildren()

  const { score, sentence } = judge(password.value.normalize('NFKC'))
  const meter = document.createElement('div')
  meter.className = 'strength-meter'
  meter.dataset.score = score
  const text = document.createElement('p')
  text.textContent = sentence
  feedback.replaceChildren(meter, text)
}

function judge(candidate) {
  const length = [...candidate].length
  const missing = MINIMUM_LENGTH - length
  if (length > MAXIMUM_LENGTH) return { score: 1, sentence: `At most ${MAXIMUM_LENGTH} characters, please.` }
  if (missing > 0) return { score: 0, sentence: `Too short: ${missing} more, please.` }

  const words = contextWords()
  if (words.some((word) => toComparable(candidate).includes(word)))
    return { score: 1, sentence: 'Please leave out your name, your address and the name of this site.' }

  const { score, guesses, feedback: advice } = engine.check(candidate.slice(0, ESTIMATED_LENGTH), words)
  if (score === 4) return { score, sentence: 'A strong password.' }
  if (guesses >= MINIMUM_GUESSES) return { score: 3, sentence: 'A good password.' }

  const reason = REASONS[advice.warning] ?? 'This is still easy to guess.'
  return { score, sentence: `${reason} Add a word or two.` }
}

function contextWords() {
  const texts = personal.flatMap(({ value }) => [value, ...value.split(/[@\s.+_-]+/)])
  return [feedback.dataset.siteName, ...texts]
    .map(toComparable)
    .filter((word) => word.length >= SHORTEST_WORD && !SHARED_BY_MANY.includes(word))
}

function toComparable(text) {
  return text.normalize('NFKC').trim().toLowerCase()
}
