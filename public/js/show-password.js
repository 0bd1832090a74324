for (const button of document.querySelectorAll('button[data-reveals]')) {
  const field = document.getElementById(button.dataset.reveals)

  const show = (visible) => {
    field.type = visible ? 'text' : 'password'
    button.firstChild.data = visible ? 'Hide' : 'Show'
  }

  button.hidden = false
  button.addEventListener('click', () => show(field.type === 'password'))
  // A field sent as plain text would end up among the browser's remembered entries.
  field.form.addEventListener('submit', () => show(false))
}
