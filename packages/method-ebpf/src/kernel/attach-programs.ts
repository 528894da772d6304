import { type Procfs, ProcmonError } from "@procmon/core";
import { NativeError } from "@procmon/native";
import type { Hook } from "../hooks/hooks.ts";
import { cgroupRoot, withDirectory } from "./cgroup-root.ts";
import type { LoadedPrograms, MissingHook } from "./load-programs.ts";

/**
 * Attaches what was loaded: from then on records flow. Programs of others stay where they are.
 *
 * @returns the optional hooks that could not be attached
 * @throws ProcmonError `METHOD_UNAVAILABLE`
 */
export function attachPrograms(procfs: Procfs, loaded: LoadedPrograms): readonly MissingHook[] {
  const root = cgroupRoot(procfs);
  if (root === undefined) throw withoutCgroups();
  return withDirectory(root, (cgroup) =>
    loaded.live.flatMap((hook) => {
      const error = attach(loaded, hook, cgroup);
      if (error === undefined) return [];
      if (hook.required) throw refused(hook, error);
      return [{ name: hook.name, reason: `It could not be attached: ${error.message}` }];
    }),
  );
}

/** Undefined where all of its programs are attached; else none is. */
function attach({ object, tracepoints }: LoadedPrograms, hook: Hook, cgroup: number): NativeError | undefined {
  if (hook.kind === "list") return undefined;
  const attached: string[] = [];
  try {
    for (const program of hook.programs) {
      const tracepoint = tracepoints.get(program);
      if (hook.kind === "cgroup") object.attach(program, { cgroup });
      else object.attach(program, tracepoint === undefined ? {} : { tracepoint });
      attached.push(program);
    }
    return undefined;
  } catch (error) {
    if (!NativeError.isInstance(error)) throw error;
    for (const program of attached) object.detach(program);
    return error;
  }
}

function withoutCgroups(): ProcmonError {
  return new ProcmonError({
    code: "METHOD_UNAVAILABLE",
    message: "No cgroup v2 hierarchy is mounted here, or only a part of it.",
    remedy:
      "Mount it: mount -t cgroup2 none /sys/fs/cgroup/unified. In a container, share the host's cgroup namespace.",
  });
}

function refused(hook: Hook, error: NativeError): ProcmonError {
  return new ProcmonError({
    code: "METHOD_UNAVAILABLE",
    message: `The hook ${hook.name} could not be attached: ${error.message}`,
    remedy: "Run procmon doctor, which tells what is missing.",
    cause: error,
  });
}
