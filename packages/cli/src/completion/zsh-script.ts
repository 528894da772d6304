import { type CommandWords, flagsOf, type OptionWords } from "./command-words.ts";

/** Quotes for single quotes of zsh. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A description inside the brackets of _arguments: these and colons have a meaning there. */
function describe(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}

function specs(option: OptionWords): readonly string[] {
  // Also those of which several may be given, divided by commas.
  const values = option.values.length > 0 ? `{_values -s , value ${option.values.join(" ")}}` : "";
  const value = option.takesValue ? `:value:${values}` : "";
  return flagsOf(option).map((flag) => quote(`${flag}[${describe(option.description)}]${value}`));
}

function functionOf(command: CommandWords): string {
  const rest = command.choices.length > 0 ? quote(`1:argument:(${command.choices.join(" ")})`) : quote("*:argument:");
  const lines = [...command.options.flatMap(specs), rest];
  return `    ${command.name}) _arguments -s ${lines.join(" \\\n        ")} ;;`;
}

/** The completion script of zsh, for a folder of `fpath` or for `source`. */
export function zshScript(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name, description }) => `    ${quote(`${name}:${describe(description)}`)}`);
  return `#compdef procmon
_procmon() {
  local -a commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$name" in
${commands.map(functionOf).join("\n")}
  esac
}
if [[ "\${funcstack[1]}" == _procmon ]]; then
  _procmon "$@"
else
  compdef _procmon procmon
fi
`;
}
