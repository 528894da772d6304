import { readFileSync } from "node:fs";
import { Command } from "commander";
import type { CommandContext } from "./command-context.ts";
import { addCompletion } from "./commands/completion.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addInspect } from "./commands/inspect.ts";
import { addLs } from "./commands/ls.ts";
import { addServe } from "./commands/serve.ts";
import { addTop } from "./commands/top.ts";
import { addTree } from "./commands/tree.ts";
import { addWatch } from "./commands/watch.ts";
import { addWho } from "./commands/who.ts";

const HELP = `
Examples:
  procmon watch                  connections and processes, as they happen
  procmon ls -tuln               who listens
  procmon who :443               which process is behind a port
  procmon inspect 812            all that is known of a process
  procmon top                    which processes move how many bytes
  procmon help ls                the help of one command

Exit codes: 0 found, 1 nothing found, 2 usage, 3 not allowed to look, 4 the method cannot run here,
69 the service cannot listen.
`;

function readVersion(): string {
  const file = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/**
 * The command line of `procmon`. Commands bring their own code only when they run. A wrong command line, and also
 * `--help` and `--version`, make `parseAsync` throw a `CommanderError`.
 */
export function createProgram(context: () => CommandContext): Command {
  const program = new Command("procmon")
    .description("Which process is behind this connection?")
    .version(readVersion(), "-V, --version", "print the version")
    .exitOverride()
    .showHelpAfterError("(add --help for help)")
    .configureHelp({ showGlobalOptions: false })
    .addHelpText("after", HELP);
  addWatch(program, context);
  addLs(program, context);
  addWho(program, context);
  addInspect(program, context);
  addTree(program, context);
  addTop(program, context);
  addServe(program, context);
  addDoctor(program, context);
  addCompletion(program, context);
  return program;
}
