import type { MonitorEventType } from "@procmon/core";
import type { Algorithm } from "@procmon/hashing";
import { type Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import { parseAddress, parseTcpAddress } from "../options/address.ts";
import { hashOption } from "../options/algorithms.ts";
import { parseEventTypes } from "../options/event-types.ts";
import { parseCount } from "../options/integer.ts";
import { type MethodOptions, methodOption, strictOption } from "../options/shared-options.ts";

/** What the user asked `serve` for. */
export interface ServeOptions extends MethodOptions {
  readonly listen?: readonly string[];
  readonly insecure?: boolean;
  /** A file, as the two others. */
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly web?: string;
  readonly allowOrigin?: readonly string[];
  readonly opensnitchUi?: string;
  readonly opensnitchAlerts?: readonly MonitorEventType[];
  readonly env?: boolean;
  readonly hash?: readonly Algorithm[];
  readonly maxClients?: number;
}

const HELP = `
Without --listen it serves on a unix socket that only you can open: /run/procmon/procmon.sock as root, else procmon/procmon.sock
in $XDG_RUNTIME_DIR. A TCP address takes TLS in both directions (--tls-cert, --tls-key and --tls-ca, whose clients are let in),
or --insecure, and then anybody on this machine can ask.

The service is procmon.v1.Procmon (gRPC), with health checks and reflection. --web serves the same to browsers (Connect and gRPC-Web).

Examples:
  procmon serve                                                    on the unix socket
  procmon serve --listen unix:///run/my.sock                       on another one
  procmon serve --listen tcp://0.0.0.0:7443 --tls-cert s.pem --tls-key s.key --tls-ca clients.pem
  procmon serve --web 127.0.0.1:7080 --insecure --allow-origin http://localhost:5173
  procmon serve --opensnitch-ui unix:///tmp/osui.sock              show this machine in OpenSnitch's UI, too

It ends with code 0 when you end it (Ctrl-C), and with 69 where it cannot listen.
`;

function addTo<T>(parse: (text: string) => T): (text: string, earlier?: readonly T[]) => readonly T[] {
  return (text, earlier = []) => [...earlier, parse(text)];
}

/** Adds `procmon serve`. */
export function addServe(program: Command, context: () => CommandContext): void {
  program
    .command("serve")
    .description("serve all of this to other programs by gRPC")
    .addOption(methodOption())
    .addOption(strictOption())
    .addOption(
      new Option("-l, --listen <address>", "unix:///PATH or tcp://HOST:PORT; may be given again").argParser(
        addTo(parseAddress),
      ),
    )
    .option("--tls-cert <file>", "the server's certificate, PEM")
    .option("--tls-key <file>", "its key, PEM")
    .option("--tls-ca <file>", "who signs the certificates of clients, PEM")
    .option("--insecure", "TCP without TLS, on this machine only")
    .option("--web <host:port>", "serve browsers there", parseTcpAddress)
    .addOption(
      new Option("--allow-origin <origin>", "let pages of this origin ask; may be given again").argParser(
        addTo((origin: string) => origin),
      ),
    )
    .option("--opensnitch-ui <address>", "show this machine in the OpenSnitch UI that listens there")
    .addOption(
      new Option(
        "--opensnitch-alerts <types>",
        "events that it shows as alerts, too (default: lost,method,checksum-change)",
      ).argParser(parseEventTypes),
    )
    .addOption(hashOption("add checksums of the executables"))
    .option("--env", "collect the environment of processes, and give it to clients that ask; it may hold secrets")
    .option("--max-clients <n>", "connections at a time (default: 256)", parseCount)
    .addHelpText("after", HELP)
    .action(async (options: ServeOptions) => {
      const { runServe } = await import("./run-serve.ts");
      process.exitCode = await runServe(options, context());
    });
}
