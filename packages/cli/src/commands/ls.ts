import type { Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { parsePid, parsePort } from "../options/integer.ts";
import { jsonOption, type MethodOptions, methodOption, strictOption } from "../options/shared-options.ts";

/** What the user asked `ls` for. */
export interface LsOptions extends MethodOptions {
  readonly tcp?: boolean;
  readonly udp?: boolean;
  readonly raw?: boolean;
  readonly unix?: boolean;
  readonly packet?: boolean;
  readonly listening?: boolean;
  readonly all?: boolean;
  readonly numeric?: boolean;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  /** False with `-H`. */
  readonly header: boolean;
  readonly pid?: number;
  readonly port?: number;
  /** A name or a uid. */
  readonly user?: string;
  readonly json?: boolean;
}

const HELP = `
Without -l and -a, only connected sockets are listed, as ss(8) does. Addresses are never looked up in the DNS.

Examples:
  procmon ls              every connected socket with its process
  procmon ls -tuln        who listens on TCP and UDP
  procmon ls -tan -P 443  all TCP sockets with port 443 at either end
  procmon ls -a -p 812    all sockets of process 812
  procmon ls -a --json | jq '.sockets[].connection'
`;

/** Adds `procmon ls`. */
export function addLs(program: Command, context: () => CommandContext): void {
  program
    .command("ls")
    .description("list sockets with their owners")
    .option("-t, --tcp", "TCP sockets")
    .option("-u, --udp", "UDP and UDP-Lite sockets")
    .option("-w, --raw", "raw and ICMP sockets")
    .option("-x, --unix", "unix sockets")
    .option("-0, --packet", "packet sockets")
    .option("-l, --listening", "only sockets that wait for peers")
    .option("-a, --all", "sockets of every state")
    .option("-n, --numeric", "ports as numbers, not as names of /etc/services")
    .option("-4, --ipv4", "only sockets of IPv4")
    .option("-6, --ipv6", "only sockets of IPv6")
    .option("-H, --no-header", "no header line")
    .option("-p, --pid <pid>", "only sockets of this process", parsePid)
    .option("-P, --port <port>", "only sockets with this port at either end", parsePort)
    .option("-U, --user <user>", "only sockets of this user, by name or number")
    .addOption(methodOption())
    .addOption(strictOption())
    .addOption(jsonOption("one JSON document (schemas/ls.schema.json)"))
    .addHelpText("after", HELP)
    .action(async (options: LsOptions) => {
      const { runLs } = await import("./run-ls.ts");
      process.exitCode = await runLs(options, context());
    });
}
