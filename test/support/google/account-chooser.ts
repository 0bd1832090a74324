import type { Persona, Personas } from './personas.ts'

/** Asks who is signing in. Every answer is a form post to the page's own address. */
export function chooserPage({ personas, client }: { personas: Personas; client: string }) {
  const accounts = Object.entries(personas).map(([key, persona]) => accountButton(key, persona))
  return page(
    'Choose an account',
    `
    <p>to continue to <strong>${escapeHtml(client)}</strong></p>
    <form method="post">
      <ul>${accounts.join('')}</ul>
    </form>
    <details>
      <summary>Use another address</summary>
      <form method="post" class="other">
        <label>Email address <input type="email" name="email" required autocomplete="off"></label>
        <label class="choice"><input type="checkbox" name="verified" checked> Google has verified it</label>
        <label class="choice"><input type="checkbox" name="workspace"> It belongs to a Workspace of its domain</label>
        <button class="primary">Continue</button>
      </form>
    </details>
    <form method="post"><button class="plain" name="cancel" value="yes">Cancel</button></form>`,
  )
}

export function failurePage(reason: string) {
  return page(
    'This sign-in cannot go on',
    `<p>${escapeHtml(reason)}</p><p>Go back to the application and start again.</p>`,
  )
}

function accountButton(key: string, persona: Persona) {
  return `
    <li><button name="persona" value="${escapeHtml(key)}">
      <span class="initial" aria-hidden="true">${escapeHtml(persona.name.slice(0, 1))}</span>
      <span class="who"><strong>${escapeHtml(persona.name)}</strong><span>${escapeHtml(persona.email)}</span></span>
      <span class="kind">${kindOf(persona)}</span>
    </button></li>`
}

function kindOf({ email, emailVerified, hd }: Persona) {
  if (!emailVerified) return 'not verified'
  if (hd) return 'Workspace'
  return email.endsWith('@gmail.com') ? 'Gmail' : 'verified, outside'
}

function page(title: string, content: string) {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>${title} – Offline Google (demo)</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <main>
    <p class="label">Offline Google (demo)</p>
    <h1>${title}</h1>
    ${content}
  </main>
  <p class="note">This is not Google. Nothing leaves this machine.</p>
</body>
</html>`
}

function escapeHtml(text: string) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

export const style = `
:root { color-scheme: light dark; --page: #f0f4f9; --card: #fff; --text: #1f1f1f; --soft: #505357; --line: #c7cbd1; --accent: #0b57d0; --on-accent: #fff; --hover: #f1f4f9 }
@media (prefers-color-scheme: dark) {
  :root { --page: #17181a; --card: #202124; --text: #e8eaed; --soft: #bdc1c6; --line: #5f6368; --accent: #a8c7fa; --on-accent: #062e6f; --hover: #2b2d31 }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; justify-content: center; padding: 1rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 28rem; padding: 2rem 1.75rem; border-radius: 1.25rem; background: var(--card) }
h1 { margin: .75rem 0 0; font-size: 1.75rem; font-weight: 500; line-height: 1.25 }
h1 + p { margin: .25rem 0 1.5rem; color: var(--soft); overflow-wrap: anywhere }
.label { display: inline-block; margin: 0; padding: .125rem .625rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .8125rem; color: var(--soft) }
.note { margin: 1rem 0 0; font-size: .8125rem; color: var(--soft) }
ul { list-style: none; margin: 0; padding: 0 }
li { border-top: 1px solid var(--line) }
li:last-child { border-bottom: 1px solid var(--line) }
button, input, summary { font: inherit; color: inherit }
button, summary { cursor: pointer }
li button { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .875rem; width: 100%; padding: .75rem .5rem; border: 0; background: none; text-align: left }
li button:hover, .plain:hover { background: var(--hover) }
.initial { flex: none; width: 2rem; height: 2rem; border-radius: 50%; background: var(--accent); color: var(--on-accent); text-align: center; line-height: 2rem }
.who { flex: 1 1 10rem; min-width: 0 }
.who strong, .who span { display: block; overflow-wrap: anywhere }
.who strong { font-weight: 500 }
.who span, .kind { font-size: .875rem; color: var(--soft) }
details { margin: 1rem 0 }
summary { padding: .25rem .5rem }
.other { display: grid; gap: .75rem; padding: .75rem .5rem }
.other label:not(.choice) { display: grid; gap: .25rem }
.choice { display: flex; gap: .5rem; align-items: baseline }
input[type=email] { padding: .625rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: transparent; width: 100% }
.primary, .plain { min-height: 2.75rem; padding: 0 1.5rem; border: 0; border-radius: 1.375rem; background: var(--accent); color: var(--on-accent); justify-self: start }
.plain { background: none; color: var(--accent) }
@media (max-width: 26rem) {
  main { padding: 1.5rem 1rem }
  .kind { margin-left: 2.875rem }
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
`
