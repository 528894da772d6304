import { styleText } from "node:util";
import { EXIT_CODE } from "./exit-code.ts";
import { type ColourStream, createPalette, type Palette, showsColour } from "./output/colour.ts";
import { escapeText } from "./output/escape.ts";
import { createOutput, type Output } from "./output/standard-output.ts";

/** What a command is given to speak with. */
export interface CommandContext {
  /** Standard output: data only. */
  readonly output: Output;
  readonly palette: Palette;
  /** The columns of the terminal; undefined where standard output is none. */
  terminalWidth(): number | undefined;
  /** The lines of the terminal; undefined where standard output is none. */
  terminalHeight(): number | undefined;
  /** Says something to the user, on standard error, on a line of its own. What comes from outside is escaped. */
  say(sentence: string, tone?: "note" | "warning" | "error"): void;
}

/** Binds the commands to this process's standard streams. */
export function createCommandContext(): CommandContext {
  const { stdout, stderr } = process;
  const coloured = showsColour(stderr as ColourStream);
  const paint = {
    note: (text: string) => text,
    warning: (text: string) => styleText("yellow", text, { validateStream: false }),
    error: (text: string) => styleText("red", text, { validateStream: false }),
  };
  stderr.on("error", () => undefined);
  const say: CommandContext["say"] = (sentence, tone = "note") => {
    const safe = escapeText(sentence);
    stderr.write(`procmon: ${coloured ? paint[tone](safe) : safe}\n`);
  };
  const output = createOutput(stdout, (error) => {
    say(`Cannot write the output: ${error.message}.`, "error");
    process.exit(EXIT_CODE.outputFailed);
  });
  return {
    output,
    palette: createPalette(stdout as ColourStream),
    terminalWidth: () => (stdout.isTTY ? stdout.columns : undefined),
    terminalHeight: () => (stdout.isTTY ? stdout.rows : undefined),
    say,
  };
}
