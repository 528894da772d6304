import { type CommandWords, flagsOf } from "./command-words.ts";

function caseOf(command: CommandWords): string {
  const flags = command.options.flatMap(flagsOf).join(" ");
  return `    ${command.name}) words="${[flags, ...command.choices].filter((word) => word !== "").join(" ")}" ;;`;
}

/** The completion script of bash. It needs nothing but bash itself. */
export function bashScript(commands: readonly CommandWords[]): string {
  const names = commands.map((command) => command.name).join(" ");
  return `# bash completion for procmon
_procmon() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  case "\${COMP_CWORD}:\${COMP_WORDS[1]}" in
    1:*) words="${names} --help --version" ;;
    *)
      case "\${COMP_WORDS[1]}" in
${commands.map((command) => `    ${caseOf(command)}`).join("\n")}
      esac
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _procmon procmon
`;
}
