import { Argument, type Command } from "commander";
import type { CommandContext } from "../command-context.ts";

/** The shells that there is a script for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

const HELP = `
Examples:
  procmon completion bash > /etc/bash_completion.d/procmon
  procmon completion zsh > "\${fpath[1]}/_procmon"
  procmon completion fish > ~/.config/fish/completions/procmon.fish
`;

/** Adds `procmon completion`. */
export function addCompletion(program: Command, context: () => CommandContext): void {
  program
    .command("completion")
    .description("print the completion script of a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", HELP)
    .action(async (shell: Shell) => {
      const { runCompletion } = await import("./run-completion.ts");
      process.exitCode = await runCompletion(shell, program, context());
    });
}
