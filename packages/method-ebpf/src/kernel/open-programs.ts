import { type ProbeCheck, type Procfs, ProcmonError } from "@procmon/core";
import { checkNeeds } from "../probe.ts";
import { isLoadFailure, type LoadedPrograms, type LoadOptions, loadPrograms } from "./load-programs.ts";
import { readProgramsFile } from "./programs-file.ts";

/**
 * Loads the programs; nothing runs yet.
 *
 * @param prepared programs that a probe has loaded without `captureEnv`
 * @throws ProcmonError `METHOD_UNAVAILABLE` with what is missing, and what would help
 */
export function openPrograms(
  procfs: Procfs,
  options: LoadOptions,
  prepared: LoadedPrograms | undefined,
): LoadedPrograms {
  if (prepared !== undefined && !options.captureEnv) return prepared;
  prepared?.object.close();
  const lacking = checkNeeds(procfs).find(({ result }) => result !== "available");
  const compiled = readProgramsFile();
  if (lacking !== undefined || compiled === undefined) throw unavailable(lacking);
  const loaded = loadPrograms(compiled, options);
  if (isLoadFailure(loaded)) {
    const { hook, error } = loaded;
    const what = hook === undefined ? "the programs" : `the hook ${hook.name}`;
    throw new ProcmonError({
      code: "METHOD_UNAVAILABLE",
      message: `The kernel refuses ${what}: ${error.message}`,
      remedy: "Linux 5.15 or later is needed; a security module may forbid it, too.",
      cause: error,
    });
  }
  return loaded;
}

function unavailable(check: ProbeCheck | undefined): ProcmonError {
  const { detail = "The method cannot run here.", remedy } = check ?? {};
  return new ProcmonError({
    code: "METHOD_UNAVAILABLE",
    message: detail,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
