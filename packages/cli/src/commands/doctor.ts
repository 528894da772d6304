import type { Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { jsonOption, type MethodOptions, methodOption } from "../options/shared-options.ts";

/** What the user asked `doctor` for. */
export interface DoctorOptions extends Pick<MethodOptions, "method"> {
  readonly json?: boolean;
}

const HELP = `
Examples:
  procmon doctor                        every method of Procmon
  procmon doctor --method ./method.js   a method of your own
  procmon doctor --json | jq '.methods[].probe.checks'

It ends with code 0 if one of the methods can run here, else with 4.
`;

/** Adds `procmon doctor`. */
export function addDoctor(program: Command, context: () => CommandContext): void {
  program
    .command("doctor")
    .description("tell which methods can run here, check by check, and what would help")
    .addOption(methodOption())
    .addOption(jsonOption("one JSON document (schemas/doctor.schema.json)"))
    .addHelpText("after", HELP)
    .action(async (options: DoctorOptions) => {
      const { runDoctor } = await import("./run-doctor.ts");
      process.exitCode = await runDoctor(options, context());
    });
}
