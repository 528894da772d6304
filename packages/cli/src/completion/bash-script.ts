import { type CommandWords, flagsOf } from "./command-words.ts";

function caseOf(command: CommandWords): string {
  const flags = command.options.flatMap(flagsOf).join(" ");
  return `    ${command.name}) words="${[flags, ...command.choices].filter((word) => word !== "").join(" ")}" ;;`;
}

/** Also completes the last of several values that are divided by commas. */
function valuesOf(command: CommandWords): readonly string[] {
  return command.options
    .filter((option) => option.values.length > 0)
    .map((option) => {
      const patterns = flagsOf(option).map((flag) => `"${command.name} ${flag}"`);
      return `    ${patterns.join("|")}) prefix="\${current%"\${current##*,}"}" words="${option.values.join(" ")}" ;;`;
    });
}

/** The completion script of bash. It needs nothing but bash itself. */
export function bashScript(commands: readonly CommandWords[]): string {
  const names = commands.map((command) => command.name).join(" ");
  return `# bash completion for procmon
_procmon() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" prefix="" words=""
  case "\${COMP_CWORD}:\${COMP_WORDS[1]}" in
    1:*) words="${names} --help --version" ;;
    *)
      case "\${COMP_WORDS[1]}" in
${commands.map((command) => `    ${caseOf(command)}`).join("\n")}
      esac
      ;;
  esac
  case "\${COMP_WORDS[1]} $previous" in
${commands.flatMap(valuesOf).join("\n")}
  esac
  COMPREPLY=($(compgen -P "$prefix" -W "$words" -- "\${current#"$prefix"}"))
}
complete -o default -F _procmon procmon
`;
}
