import type { Command, Option } from "commander";

/** An option as a completion script needs it. */
export interface OptionWords {
  readonly short?: string;
  readonly long?: string;
  readonly description: string;
  /** True if a value follows. */
  readonly takesValue: boolean;
  /** The values that may follow, where these are fixed. */
  readonly values: readonly string[];
}

/** A command as a completion script needs it. */
export interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  /** The values that the first argument may have, where these are fixed. */
  readonly choices: readonly string[];
}

function optionWords(option: Option): OptionWords {
  return {
    ...(option.short === undefined ? {} : { short: option.short }),
    ...(option.long === undefined ? {} : { long: option.long }),
    description: option.description,
    takesValue: option.required || option.optional,
    values: option.argChoices ?? [],
  };
}

/** Reads the words out of the program, so that a script can never list a flag that is not there. */
export function commandWords(program: Command): readonly CommandWords[] {
  const help = program.createHelp();
  return help.visibleCommands(program).map((command) => ({
    name: command.name(),
    description: command.description(),
    options: help.visibleOptions(command).map(optionWords),
    choices:
      command.name() === "help"
        ? program.commands.map((other) => other.name())
        : (command.registeredArguments[0]?.argChoices ?? []),
  }));
}

/** The flags of an option: `-p`, `--pid`. */
export function flagsOf(option: OptionWords): readonly string[] {
  return [option.short, option.long].filter((flag) => flag !== undefined);
}
