import type { CommandWords, OptionWords } from "./command-words.ts";

/** Quotes for single quotes of fish. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

function optionLine(condition: string, option: OptionWords): string {
  const parts = [`complete -c procmon -n ${quote(condition)}`];
  if (option.short !== undefined) parts.push(`-s ${option.short.slice(1)}`);
  if (option.long !== undefined) parts.push(`-l ${option.long.slice(2)}`);
  if (option.takesValue) parts.push("-r");
  // Also those of which several may be given, divided by commas.
  if (option.values.length > 0) parts.push(`-a ${quote(`(__fish_append , ${option.values.join(" ")})`)}`);
  parts.push(`-d ${quote(option.description)}`);
  return parts.join(" ");
}

/** The completion script of fish. */
export function fishScript(commands: readonly CommandWords[]): string {
  const lines = ["# fish completion for procmon", "complete -c procmon -f"];
  for (const { name, description } of commands) {
    lines.push(`complete -c procmon -n __fish_use_subcommand -a ${name} -d ${quote(description)}`);
  }
  for (const command of commands) {
    const condition = `__fish_seen_subcommand_from ${command.name}`;
    for (const option of command.options) lines.push(optionLine(condition, option));
    if (command.choices.length > 0) {
      lines.push(`complete -c procmon -n ${quote(condition)} -a ${quote(command.choices.join(" "))}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
