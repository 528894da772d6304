/**
 * How an interpreter tells its script from its options. Letters are those of clustered short options, as `-eu`.
 */
export interface Interpreter {
  /** Options after which there is no script: code on the command line, standard input, a module. */
  readonly noScript?: string;
  /** Options with a value: the rest of the cluster, or else the next argument. */
  readonly value?: string;
  /** Options whose value can only be the rest of the cluster. */
  readonly attached?: string;
  /** The option whose value is the script. Where there is `onlyByOption`, nothing else is one. */
  readonly script?: string;
  readonly onlyByOption?: boolean;
  /** Long options after which there is no script. */
  readonly longNoScript?: readonly string[];
  /** Long options that take the next argument, unless `=` follows. */
  readonly longValue?: readonly string[];
  /** Words before the script, as `run`. */
  readonly commands?: readonly string[];
}

const SHELL: Interpreter = {
  noScript: "cs",
  value: "oO",
  longNoScript: ["--command", "--version", "--help"],
  longValue: ["--rcfile", "--init-file"],
};
const PYTHON: Interpreter = {
  noScript: "cmV",
  value: "WXQ",
  longNoScript: ["--version", "--help"],
  longValue: ["--check-hash-based-pycs"],
};
const NODE: Interpreter = {
  noScript: "epvi",
  value: "rC",
  longNoScript: ["--eval", "--print", "--version", "--interactive", "--run", "--test", "--help"],
  longValue: [
    "--require",
    "--import",
    "--loader",
    "--experimental-loader",
    "--conditions",
    "--env-file",
    "--env-file-if-exists",
    "--inspect-port",
    "--title",
    "--input-type",
    "--openssl-config",
    "--diagnostic-dir",
    "--disable-warning",
    "--unhandled-rejections",
    "--dns-result-order",
    "--trace-event-categories",
    "--icu-data-dir",
  ],
};
const LUA: Interpreter = { value: "el" };

const BY_NAME: ReadonlyMap<string, Interpreter> = new Map([
  ["sh", SHELL],
  ["ash", SHELL],
  ["bash", SHELL],
  ["dash", SHELL],
  ["ksh", SHELL],
  ["mksh", SHELL],
  ["zsh", SHELL],
  ["fish", { noScript: "cv", value: "Cdo", longNoScript: ["--command", "--version"], longValue: ["--init-command"] }],
  ["python", PYTHON],
  ["pypy", PYTHON],
  ["perl", { noScript: "eEvV", value: "I", attached: "MmixFDdC" }],
  ["ruby", { noScript: "ev", value: "rICE", attached: "xFiKWT" }],
  ["node", NODE],
  ["nodejs", NODE],
  ["deno", { commands: ["run"], longValue: ["--config", "--import-map"], value: "c" }],
  ["bun", { commands: ["run"], noScript: "ep", value: "rc" }],
  ["php", { noScript: "rRBEFamiv", value: "dczSt", script: "f" }],
  ["lua", LUA],
  ["luajit", LUA],
  ["tclsh", {}],
  ["wish", {}],
  ["awk", { script: "f", onlyByOption: true, value: "Fv" }],
  ["gawk", { script: "f", onlyByOption: true, value: "Fvie", attached: "dDopL" }],
  ["mawk", { script: "f", onlyByOption: true, value: "FvW" }],
]);

/** The interpreter of this executable's name, without its version: `python3.11` is python. */
export function findInterpreter(name: string): Interpreter | undefined {
  return BY_NAME.get(name) ?? BY_NAME.get(name.replace(/-?\d{1,4}(\.\d{1,4}){0,3}$/, ""));
}

/** The argument that names the script; undefined where there is none. `args[0]` is the interpreter. */
export function scriptArgument(interpreter: Interpreter, args: readonly string[]): string | undefined {
  for (let i = 1; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "" || arg === "-") return undefined;
    if (arg === "--") return interpreter.onlyByOption ? undefined : args[i + 1];
    if (arg.startsWith("--")) {
      if (interpreter.longNoScript?.includes(arg.split("=", 1)[0] ?? "")) return undefined;
      if (interpreter.longValue?.includes(arg)) i++;
      continue;
    }
    if (arg.startsWith("-") || (arg.startsWith("+") && interpreter === SHELL)) {
      const option = readCluster(interpreter, arg);
      if (option === "no-script") return undefined;
      if (option === "takes-next") i++;
      if (typeof option === "object") return option.script ?? args[i + 1];
      continue;
    }
    if (interpreter.onlyByOption) return undefined;
    if (!interpreter.commands?.includes(arg)) return arg;
  }
  return undefined;
}

type Cluster = "flags" | "no-script" | "takes-next" | { readonly script: string | undefined };

function readCluster(interpreter: Interpreter, arg: string): Cluster {
  for (let at = 1; at < arg.length; at++) {
    const letter = arg.charAt(at);
    const rest = arg.slice(at + 1);
    if (interpreter.noScript?.includes(letter)) return "no-script";
    if (interpreter.script === letter) return { script: rest === "" ? undefined : rest };
    if (interpreter.value?.includes(letter)) return rest === "" ? "takes-next" : "flags";
    if (interpreter.attached?.includes(letter)) return "flags";
  }
  return "flags";
}
