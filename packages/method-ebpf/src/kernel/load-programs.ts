import { type BpfObject, NativeError, openBpfObject, readTracepointId } from "@procmon/native";
import { HOOKS, type Hook, type HookName } from "../hooks/hooks.ts";

/** A hook that is not there, and why. */
export interface MissingHook {
  readonly name: HookName;
  /** One sentence. */
  readonly reason: string;
}

/** Programs that the kernel has taken, and that are not attached yet. */
export interface LoadedPrograms {
  readonly object: BpfObject;
  readonly live: readonly Hook[];
  readonly missing: readonly MissingHook[];
  /** Ids of the tracepoints of system calls, by program. */
  readonly tracepoints: ReadonlyMap<string, number>;
}

/** How to load them. */
export interface LoadOptions {
  /** False for the lists alone. */
  readonly events: boolean;
  readonly ringBytes: number;
  readonly maxSockets: number;
  readonly captureEnv: boolean;
  readonly withoutHooks: readonly HookName[];
}

/** A hook that nothing works without could not be had. */
export interface LoadFailure {
  readonly hook: Hook | undefined;
  readonly error: NativeError;
}

/**
 * Loads the programs: first all, then again without each optional one that this kernel refuses.
 *
 * @param compiled the object file
 */
export function loadPrograms(compiled: Uint8Array, options: LoadOptions): LoadedPrograms | LoadFailure {
  const missing: MissingHook[] = options.withoutHooks.map((name) => ({ name, reason: "It was asked to do without." }));
  const wanted = options.events ? HOOKS : HOOKS.filter(({ kind }) => kind === "list");
  const tracepoints = findTracepoints(wanted, missing);
  for (;;) {
    const live = wanted.filter(({ name }) => !missing.some((each) => each.name === name));
    const object = openBpfObject(compiled);
    try {
      prepare(object, live, options);
      object.load();
      return { object, live, missing, tracepoints };
    } catch (error) {
      object.close();
      if (!NativeError.isInstance(error)) throw error;
      const hook = live.find(({ programs }) => programs.includes(error.program ?? ""));
      if (hook === undefined || hook.required) return { hook, error };
      missing.push({ name: hook.name, reason: refusal(error) });
    }
  }
}

/** True where a required hook could not be had. */
export function isLoadFailure(loaded: LoadedPrograms | LoadFailure): loaded is LoadFailure {
  return "error" in loaded;
}

function prepare(object: BpfObject, live: readonly Hook[], options: LoadOptions): void {
  const wanted = new Set(live.flatMap(({ programs }) => programs));
  for (const { name } of object.programs) object.setAutoload(name, wanted.has(name));
  // What nobody writes to takes no memory.
  object.resizeMap("ring", options.events ? options.ringBytes : LEAST_RING_BYTES);
  object.resizeMap("owners", options.events ? options.maxSockets : 1);
  object.setConstant("collect_env", options.captureEnv);
  const has = (name: HookName): boolean => live.some((hook) => hook.name === name);
  // Whoever could tell more truly is not there.
  object.setConstant("accept_at_handshake", !has("accept") && !has("payload"));
  object.setConstant("flow_at_egress", !has("payload"));
  object.setConstant("without_sockops", !has("connect"));
}

/** The tracepoints of system calls have ids, which only tracefs tells. */
function findTracepoints(hooks: readonly Hook[], missing: MissingHook[]): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  for (const { name, kind, programs } of hooks) {
    if (kind !== "syscall" || missing.some((each) => each.name === name)) continue;
    try {
      for (const program of programs) ids.set(program, readTracepointId("syscalls", SYSCALLS[program] ?? ""));
    } catch (error) {
      if (!NativeError.isInstance(error)) throw error;
      missing.push({ name, reason: `The ids of its tracepoints could not be read from tracefs (${error.code}).` });
    }
  }
  return ids;
}

/** A page: the kernel makes none smaller. */
const LEAST_RING_BYTES = 4096;

const SYSCALLS: Readonly<Record<string, string>> = {
  on_accept: "sys_exit_accept",
  on_accept4: "sys_exit_accept4",
  on_connect_enter: "sys_enter_connect",
  on_connect_exit: "sys_exit_connect",
};

function refusal({ code, program }: NativeError): string {
  return `This kernel refuses its program ${program} (${code}).`;
}
