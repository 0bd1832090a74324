import type { Command, Option } from 'commander'

/** Every command, in the order of the help. */
export function listCommands(program: Command): Command[] {
  return [program, ...listChildren(program).flatMap(listCommands)]
}

function listChildren(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help')
}

/** As it is typed: "gatehouse users create". */
export function toPath(command: Command): string {
  return command.parent ? `${toPath(command.parent)} ${command.name()}` : command.name()
}

/** What can be typed after a command; `choices` where there are only a few. */
export type Place = {
  path: string
  words: Word[]
  options: (Word & { choices: readonly string[] })[]
  takesFile: boolean
}
type Word = { name: string; about: string }

export function listPlaces(program: Command): Place[] {
  return listCommands(program).map((command) => {
    const help = command.createHelp()
    const given = help.visibleArguments(command)
    return {
      path: toPath(command),
      words: [
        ...listChildren(command).map((each) => ({
          name: each.name(),
          about: help.subcommandDescription(each),
        })),
        ...given.flatMap(({ argChoices = [], description }) =>
          argChoices.map((name) => ({ name, about: description })),
        ),
      ],
      options: listOptions(command).map(({ long, description, argChoices = [] }) => ({
        name: long ?? '',
        about: description,
        choices: argChoices,
      })),
      takesFile: given.some((each) => /file|folder/.test(each.name())),
    }
  })
}

/** Its own and those of every command. */
export function listOptions(command: Command): Option[] {
  const help = command.createHelp()
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)]
}
