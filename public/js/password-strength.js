// Says, while a password is being chosen, whether it will do. Nothing leaves the page. Length and the most common passwords are known
// at once; how hard the rest is to guess is known when the dictionaries are there, which are fetched when somebody begins to type.
import mostUsed from '/js/most-used-passwords.js'

const ENGINE = ['/js/vendor/zxcvbn.js', '/js/vendor/zxcvbn-common.js', '/js/vendor/zxcvbn-en.js']
const MAXIMUM_LENGTH = 128
const MINIMUM_GUESSES = 1e8
const ESTIMATED_LENGTH = 40
const SHORTEST_WORD = 4
const SHARED_BY_MANY = ['mail', 'gmail', 'example']
const PAUSE_MS = 300

/** Each fits on one line of the smallest phone, so that nothing moves. */
const REASONS = {
  straightRow: 'Rows of keys are easy to guess.',
  keyPattern: 'Key patterns are easy to guess.',
  simpleRepeat: 'Repeats are easy to guess.',
  extendedRepeat: 'Repeats are easy to guess.',
  sequences: 'Sequences are easy to guess.',
  recentYears: 'Years are easy to guess.',
  dates: 'Dates are easy to guess.',
  topTen: 'Too many people use this one.',
  topHundred: 'Too many people use this one.',
  common: 'Too many people use this one.',
  similarToCommon: 'Too close to a common password.',
  wordByItself: 'One word is easy to guess.',
  namesByThemselves: 'Names are easy to guess.',
  commonNames: 'Names are easy to guess.',
}

const password = document.querySelector('input[autocomplete="new-password"]')
const personal = ['email', 'display_name', 'username']
  .map((id) => document.getElementById(id))
  .filter(Boolean)
const feedback = document.getElementById('password-strength')
const MINIMUM_LENGTH = Number(feedback.dataset.minLength)
let engine
let pause

password.addEventListener('input', startEngine, { once: true })
for (const field of [password, ...personal]) {
  field.addEventListener('input', () => {
    clearTimeout(pause)
    pause = setTimeout(update, PAUSE_MS)
  })
}
if (password.value !== '') startEngine()

async function startEngine() {
  if (navigator.connection?.saveData) return
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
  if (password.value === '') return feedback.replaceChildren()

  const { score, sentence } = judge(password.value.normalize('NFKC'))
  const text = document.createElement('p')
  text.textContent = sentence
  feedback.replaceChildren(...(score === undefined ? [] : [toMeter(score)]), text)
}

function toMeter(score) {
  const meter = document.createElement('div')
  meter.className = 'strength-meter'
  meter.dataset.score = score
  return meter
}

function judge(candidate) {
  const missing = MINIMUM_LENGTH - [...candidate].length
  if (missing > 0) return { sentence: `Add ${missing} more character${missing > 1 ? 's' : ''}.` }
  if ([...candidate].length > MAXIMUM_LENGTH) return { sentence: `Use at most ${MAXIMUM_LENGTH} characters.` }

  const holds = (word) => toComparable(candidate).includes(word)
  if (toWords(feedback.dataset.siteName).some(holds)) return { sentence: 'Leave out the name of this site.' }
  if (personalWords().some(holds)) return { sentence: 'Leave out your name and your email.' }
  return engine ? estimate(candidate) : look(candidate)
}

function look(candidate) {
  const isCommon = mostUsed.includes(toComparable(candidate))
  return { sentence: isCommon ? REASONS.common : 'Long enough.' }
}

function estimate(candidate) {
  const words = [...toWords(feedback.dataset.siteName), ...personalWords()]
  const { score, guesses, feedback: advice } = engine.check(candidate.slice(0, ESTIMATED_LENGTH), words)
  if (score === 4) return { score, sentence: 'A strong password.' }
  if (guesses >= MINIMUM_GUESSES) return { score: 3, sentence: 'A good password.' }
  return {
    score: Math.min(score, 2),
    sentence: REASONS[advice.warning] ?? 'Easy to guess. Add another word.',
  }
}

function personalWords() {
  return personal.flatMap(({ value }) => [value, ...value.split(/[@\s.+_-]+/)]).flatMap(toWords)
}

function toWords(text) {
  const word = toComparable(text)
  return word.length >= SHORTEST_WORD && !SHARED_BY_MANY.includes(word) ? [word] : []
}

function toComparable(text) {
  return text.normalize('NFKC').trim().toLowerCase()
}
