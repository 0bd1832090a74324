// Shows on the button that was pressed that the answer is awaited. It can still be pressed: a lost answer must not be the end.
document.addEventListener('submit', ({ submitter }) => submitter?.setAttribute('data-pending', ''))

// The Back button may show the page as it was left.
window.addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('[data-pending]')) button.removeAttribute('data-pending')
})
