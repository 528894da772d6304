import type { Algorithm } from "@procmon/hashing";
import type { Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { hashOption } from "../options/algorithms.ts";
import { parsePid } from "../options/integer.ts";
import { jsonOption } from "../options/shared-options.ts";

/** What the user asked `inspect` for. */
export interface InspectOptions {
  readonly env?: boolean;
  readonly json?: boolean;
  /** False for no checksums; undefined where that is the command's choice. */
  readonly hash?: readonly Algorithm[] | false;
}

const HELP = `
Examples:
  procmon inspect 812
  procmon inspect $$ --env
  procmon inspect 812 --json | jq .process.tree
  procmon inspect 812 --hash sha512,fsverity

It ends with code 1 where there is no such process, and with 3 where it may not be looked at.
`;

/** Adds `procmon inspect`. */
export function addInspect(program: Command, context: () => CommandContext): void {
  program
    .command("inspect")
    .description("tell all that is known of a process")
    .argument("<pid>", "the process", parsePid)
    .option("--env", "print the environment too; it may hold secrets")
    .addOption(hashOption("the checksums to compute (default: sha256, where @procmon/hashing is installed)"))
    .option("--no-hash", "compute no checksums")
    .addOption(jsonOption("one JSON document (schemas/inspect.schema.json)"))
    .addHelpText("after", HELP)
    .action(async (pid: number, options: InspectOptions) => {
      const { runInspect } = await import("./run-inspect.ts");
      process.exitCode = await runInspect(pid, options, context());
    });
}
