// Marks in the list of contents what is being read.
const links = new Map([...document.querySelectorAll('.contents a')].map((link) => [link.hash.slice(1), link]))
const places = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean)
const READ_AT = 0.25

function mark() {
  const current = places.findLast((place) => topOf(place) <= window.innerHeight * READ_AT) ?? places[0]
  for (const link of document.querySelectorAll('.contents a[aria-current]'))
    link.removeAttribute('aria-current')
  links.get(current.id).setAttribute('aria-current', 'location')
}

/** What is folded has no place of its own: its fold has. */
function topOf(place) {
  return (place.closest('details') ?? place).getBoundingClientRect().top
}

window.addEventListener('scroll', () => requestAnimationFrame(mark), { passive: true })
mark()
