import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { ChannelOptions, VerifyOptions } from "@grpc/grpc-js";

/** Server Name Indication knows no IP addresses (RFC 6066 section 3), and gRPC-js must be given a name. */
const NAME_OF_ADDRESSES = "localhost";

/** What a channel is made with so that the other side is greeted by its name, or by none where `name` is an IP address. */
export function serverNameOptions(name: string): ChannelOptions {
  return { "grpc.ssl_target_name_override": isIP(name) === 0 ? name : NAME_OF_ADDRESSES };
}

/** What credentials are made with so that the certificate of the other side must be for this name or IP address. */
export function verifyServerName(name: string): VerifyOptions {
  return { checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate) };
}
