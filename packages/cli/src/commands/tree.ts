import type { Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { parsePid } from "../options/integer.ts";
import { jsonOption, type MethodOptions, methodOption, strictOption } from "../options/shared-options.ts";

/** What the user asked `tree` for. */
export interface TreeOptions extends MethodOptions {
  /** False with `--no-sockets`. */
  readonly sockets: boolean;
  readonly unix?: boolean;
  readonly kernel?: boolean;
  readonly json?: boolean;
}

const HELP = `
Examples:
  procmon tree            all processes, each with its sockets
  procmon tree 812        process 812 and its descendants
  procmon tree 812 --json | jq '.processes[0].children'
`;

/** Adds `procmon tree`. */
export function addTree(program: Command, context: () => CommandContext): void {
  program
    .command("tree")
    .description("draw the process tree with the sockets of each process")
    .argument("[pid]", "begin with this process", parsePid)
    .option("--unix", "unix sockets too")
    .option("--no-sockets", "only the processes")
    .option("--kernel", "threads of the kernel too")
    .addOption(methodOption())
    .addOption(strictOption())
    .addOption(jsonOption("one JSON document (schemas/tree.schema.json)"))
    .addHelpText("after", HELP)
    .action(async (pid: number | undefined, options: TreeOptions) => {
      const { runTree } = await import("./run-tree.ts");
      process.exitCode = await runTree(pid, options, context());
    });
}
