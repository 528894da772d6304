import type { Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { bashScript } from "../completion/bash-script.ts";
import { commandWords } from "../completion/command-words.ts";
import { fishScript } from "../completion/fish-script.ts";
import { zshScript } from "../completion/zsh-script.ts";
import { EXIT_CODE, type ExitCode } from "../exit-code.ts";
import type { Shell } from "./completion.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** Runs `procmon completion`. */
export async function runCompletion(shell: Shell, program: Command, context: CommandContext): Promise<ExitCode> {
  await context.output.write(SCRIPTS[shell](commandWords(program)));
  return EXIT_CODE.found;
}
