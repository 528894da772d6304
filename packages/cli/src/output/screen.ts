import { writeSync } from "node:fs";
import type { Output } from "./standard-output.ts";

/** The alternate screen, without the cursor, lines cut at the edge (xterm's control sequences, "DECSET 1049, 25, 7"). */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** A text that is drawn again and again in one place. */
export interface Screen extends AsyncDisposable {
  /** Replaces what stands there. What is too wide for the terminal is cut. */
  draw(text: string): Promise<void>;
}

/**
 * Takes the terminal's alternate screen. It is given back when the screen is disposed of, or when this process ends by
 * itself before that.
 */
export async function openScreen(output: Output): Promise<Screen> {
  const rescue = (): void => {
    try {
      writeSync(process.stdout.fd, LEAVE);
    } catch {
      // The terminal has gone.
    }
  };
  process.once("exit", rescue);
  await output.write(ENTER);
  return {
    async draw(text) {
      const lines = text.replace(/\n$/, "").split("\n");
      // Each line clears what is left of the old one, and the last one all below.
      await output.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`);
    },
    async [Symbol.asyncDispose]() {
      await output.write(LEAVE);
      process.off("exit", rescue);
    },
  };
}
