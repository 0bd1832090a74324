import type { Place } from './tree.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A script for the shell that knows every command of this version. */
export function toCompletion(shell: Shell, places: Place[]): string {
  return { bash: toBash, zsh: toZsh, fish: toFish }[shell](places)
}

function toBash(places: Place[]): string {
  return `_gatehouse() {
  local place=gatehouse word found= options= i
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$place $word" in
      ${listPaths(places).map(quote).join(' | ')}) place="$place $word" ;;
    esac
  done
  case "$place" in
${places.map(({ path, words, options }) => `    ${quote(path)}) found=${quote(toNames(words))} options=${quote(toNames(options))} ;;`).join('\n')}
  esac
  [[ $current == -* ]] && found=$options
  case "$place $before" in
${listChoices(places)
  .map(({ path, name, choices }) => `    ${quote(`${path} ${name}`)}) found=${quote(choices.join(' '))} ;;`)
  .join('\n')}
  esac
  COMPREPLY=($(compgen -W "$found" -- "$current"))
}
complete -o default -F _gatehouse gatehouse`
}

function toZsh(places: Place[]): string {
  return `#compdef gatehouse
_gatehouse() {
  local place=gatehouse word
  local -a found options
  for word in \${words[2,CURRENT-1]}; do
    case "$place $word" in
      ${listPaths(places).map(quote).join(' | ')}) place="$place $word" ;;
    esac
  done
  case "$place" in
${places.map(({ path, words, options }) => `    ${quote(path)}) found=(${toPairs(words)}) options=(${toPairs(options)}) ;;`).join('\n')}
  esac
  [[ $words[CURRENT] == -* ]] && found=($options)
  case "$place $words[CURRENT-1]" in
${listChoices(places)
  .map(
    ({ path, name, choices }) =>
      `    ${quote(`${path} ${name}`)}) found=(${choices.map(quote).join(' ')}) ;;`,
  )
  .join('\n')}
  esac
  if (( $#found )); then _describe gatehouse found; else _files; fi
}
compdef _gatehouse gatehouse`
}

function toFish(places: Place[]): string {
  return `function __gatehouse_at
    set -l place gatehouse
    for word in (commandline -opc)[2..]
        switch "$place $word"
            case ${listPaths(places).map(quote).join(' ')}
                set place "$place $word"
        end
    end
    test "$place" = "$argv"
end
complete -c gatehouse -f
${places.flatMap(toFishLines).join('\n')}`
}

function toFishLines({ path, words, options, takesFile }: Place): string[] {
  const at = `complete -c gatehouse -n ${quote(`__gatehouse_at ${path}`)}`
  return [
    ...words.map(({ name, about }) => `${at} -a ${quote(name)} -d ${quote(about)}`),
    ...options.map(({ name, about, choices }) => {
      const values = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : ''
      return `${at} -l ${name.slice('--'.length)} -d ${quote(about)}${values}`
    }),
    ...(takesFile ? [`${at} -F`] : []),
  ]
}

function listPaths(places: Place[]): string[] {
  return places.map(({ path }) => path).filter((path) => path.includes(' '))
}

function listChoices(places: Place[]) {
  return places.flatMap(({ path, options }) =>
    options.filter(({ choices }) => choices.length > 0).map((option) => ({ ...option, path })),
  )
}

function toNames(words: { name: string }[]): string {
  return words.map(({ name }) => name).join(' ')
}

/** Name and description, as zsh's _describe wants them. */
function toPairs(words: { name: string; about: string }[]): string {
  return words.map(({ name, about }) => quote(`${name}:${about}`)).join(' ')
}

/** All three shells read it as it stands. (fish alone also reads a backslash, which no text here has.) */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`
}
