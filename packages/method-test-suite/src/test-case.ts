import { networkInterfaces } from "node:os";
import type { MethodCapabilities, Protocol } from "@procmon/core";

/** One test. */
export interface TestCase {
  readonly name: string;
  readonly run: () => Promise<void>;
  /** Why it cannot be asked of this method. */
  readonly skipped?: string;
}

/** A case for methods that find owners of all these protocols. */
export function protocolCase(
  capabilities: MethodCapabilities,
  protocols: readonly Protocol[],
  name: string,
  run: () => Promise<void>,
): TestCase {
  const missing = protocols.filter((protocol) => !capabilities.protocols.includes(protocol));
  if (missing.length > 0) return { name, run, skipped: `does not declare ${missing.join(", ")}` };
  if (protocols.some((protocol) => protocol.endsWith("6")) && !hasIpv6())
    return { name, run, skipped: "this machine has no IPv6" };
  return { name, run };
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1"));
}
