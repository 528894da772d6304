#!/usr/bin/env node
import { CommanderError } from "commander";
import { type CommandContext, createCommandContext } from "./command-context.ts";
import { EXIT_CODE, type ExitCode } from "./exit-code.ts";
import { createProgram } from "./program.ts";

const context: CommandContext = createCommandContext();

/** Tells the user what went wrong. Commander has spoken for itself already. */
async function explain(error: unknown): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.found : EXIT_CODE.usage;
  const { explainError } = await import("./explain-error.ts");
  const { sentence, exitCode } = explainError(error);
  context.say(sentence, "error");
  if (process.env.PROCMON_DEBUG === "1") console.error(error);
  return exitCode;
}

// Nobody reads any more: that is no failure (`procmon ls | head -1`).
const readerGone = (): void => {
  process.exitCode = EXIT_CODE.found;
};
context.output.closed.addEventListener("abort", readerGone, { once: true });
// What escapes here, also as a rejection, is a fault of ours or of a plugin: told in a sentence, without a stack trace.
let isTelling = false;
process.on("uncaughtException", (error) => {
  if (isTelling) giveUp();
  isTelling = true;
  explain(error).then(process.exit, giveUp);
});

/** What went wrong cannot even be told: the code for it cannot be loaded any more. */
function giveUp(): never {
  context.say("Procmon failed and cannot tell why: has its installation been removed meanwhile?", "error");
  process.exit(EXIT_CODE.internal);
}

try {
  await createProgram(() => context).parseAsync();
} catch (error) {
  process.exitCode = await explain(error);
}
if (context.output.closed.aborted) readerGone();
