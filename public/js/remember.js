// "Keep me signed in" belongs to the password form; signing in with Google honours it, too.
for (const follower of document.querySelectorAll('input[data-follows]')) {
  const box = document.getElementById(follower.dataset.follows)
  if (!box) continue

  const follow = () => {
    follower.value = box.checked ? '1' : ''
  }
  box.addEventListener('change', follow)
  window.addEventListener('pageshow', follow)
}
