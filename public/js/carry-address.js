// An email that was typed goes along to the next page that asks for one. It stays in this tab.
const NAME = 'typed-address'
const field = document.querySelector('#email, #login')

if (field.value === '') field.value = sessionStorage.getItem(NAME) ?? ''

addEventListener('pagehide', () => {
  if (field.value.includes('@')) sessionStorage.setItem(NAME, field.value)
})
