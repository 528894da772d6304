import type { Command } from "commander";
import type { CommandContext } from "../command-context.ts";
import { jsonOption, type MethodOptions, methodOption, strictOption } from "../options/shared-options.ts";

/** What the user asked `who` for. */
export interface WhoOptions extends MethodOptions {
  readonly json?: boolean;
}

const HELP = `
What to look for:
  [PROTOCOL] [ADDRESS]:PORT            sockets bound to it here; where there are none, those connected to it
  [PROTOCOL] ADDRESS:PORT ADDRESS:PORT one connection: this end, then the peer
  inode NUMBER                         one socket by its inode
The protocols are tcp, tcp6, udp, udp6, udplite, udplite6, icmp, icmp6, raw, raw6, sctp and packet; tcp also finds tcp6.

Examples:
  procmon who :443
  procmon who udp 127.0.0.53:53
  procmon who tcp 10.0.0.1:55000 1.1.1.1:443
  procmon who '[::1]:80'
  procmon who inode 18231

It ends with code 1 where there is no such socket or it has no owner, and with 3 where the owner may not be looked at.
`;

/** Adds `procmon who`. */
export function addWho(program: Command, context: () => CommandContext): void {
  program
    .command("who")
    .description("tell which process is behind a port, a connection or a socket")
    .argument("<what...>", "a port, a connection or an inode")
    .addOption(methodOption())
    .addOption(strictOption())
    .addOption(jsonOption("one JSON document (schemas/who.schema.json)"))
    .addHelpText("after", HELP)
    .action(async (words: readonly string[], options: WhoOptions) => {
      const { runWho } = await import("./run-who.ts");
      process.exitCode = await runWho(words, options, context());
    });
}
