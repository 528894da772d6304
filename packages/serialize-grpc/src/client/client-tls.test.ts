import { ServerCredentials } from "@grpc/grpc-js";
import { beforeEach, expect, it } from "vitest";
import { type Authority, makeAuthority, missingOpenssl } from "../tls/certificates.test-kit.ts";
import { type ConnectOptions, connectProcmon } from "./index.ts";
import { startStub } from "./stub-server.test-kit.ts";

const missing = missingOpenssl();
let authority: Authority;
beforeEach(({ skip }) => {
  skip(missing !== undefined, missing);
  authority ??= makeAuthority();
});

/** A server for clients of the authority, whose certificate is for those names. */
async function startTlsStub(names: string) {
  const { cert, key } = authority.issue(names);
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  const credentials = ServerCredentials.createSsl(Buffer.from(authority.ca), [pair], true);
  return startStub({ Stats: (_call, callback) => callback(null, Buffer.of()) }, { credentials });
}

function clientTls(of: Authority = authority) {
  return { ca: authority.ca, ...of.issue("DNS:client") };
}

async function ask(options: ConnectOptions): Promise<unknown> {
  using client = connectProcmon(options);
  return await client.stats().catch((error: unknown) => error);
}

it("reaches a server by its address or its name, and no warning is given", async () => {
  const warnings: Error[] = [];
  const listener = (warning: Error) => warnings.push(warning);
  process.on("warning", listener);
  try {
    await using stub = await startTlsStub("DNS:localhost,IP:127.0.0.1");
    const tls = clientTls();
    expect(await ask({ address: stub.address, tls })).toMatchObject({ $typeName: "procmon.v1.StatsResponse" });
    const byName = stub.address.replace("127.0.0.1", "localhost");
    expect(await ask({ address: byName, tls })).toMatchObject({ $typeName: "procmon.v1.StatsResponse" });
    const asBuffers = { ca: Buffer.from(tls.ca), cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) };
    expect(await ask({ address: stub.address, tls: asBuffers })).toMatchObject({
      $typeName: "procmon.v1.StatsResponse",
    });
    await new Promise(setImmediate);
  } finally {
    process.off("warning", listener);
  }
  expect(warnings).toEqual([]);
});

it("does not trust a server of another name, address or authority", async () => {
  await using stub = await startTlsStub("DNS:procmon.example,IP:192.0.2.1");
  const { address } = stub;
  const tls = clientTls();
  const otherName = {
    code: "SERVICE_UNAVAILABLE",
    message: `The certificate of the service at ${address} is for another name.`,
  };
  expect(await ask({ address, tls })).toMatchObject(otherName);
  expect(await ask({ address, tls: { ...tls, serverName: "localhost" } })).toMatchObject(otherName);
  expect(await ask({ address, tls: { ...tls, serverName: "192.0.2.2" } })).toMatchObject(otherName);
  for (const serverName of ["procmon.example", "192.0.2.1"]) {
    expect(await ask({ address, tls: { ...tls, serverName } })).toMatchObject({
      $typeName: "procmon.v1.StatsResponse",
    });
  }
  expect(await ask({ address, tls: { ...tls, serverName: "procmon.example", ca: makeAuthority().ca } })).toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    message: `The certificate of the service at ${address} cannot be trusted.`,
  });
});

it("says so where the server wants another certificate, or TLS at all", async () => {
  await using stub = await startTlsStub("IP:127.0.0.1");
  const { address } = stub;
  const closed = `The service at ${address} closed the connection at once.`;
  expect(await ask({ address, tls: clientTls(makeAuthority()) })).toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    // Depending on what arrives first.
    message: expect.toBeOneOf([closed, `The service at ${address} refuses the certificate of this client.`]),
    remedy: expect.stringContaining("certificate"),
  });
  expect(await ask({ address })).toMatchObject({ code: "SERVICE_UNAVAILABLE", message: closed });
});

it("says so where the server speaks no TLS", async () => {
  const credentials = ServerCredentials.createInsecure();
  await using stub = await startStub({ Stats: (_call, callback) => callback(null, Buffer.of()) }, { credentials });
  expect(await ask({ address: stub.address, tls: clientTls() })).toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    message: `The service at ${stub.address} speaks no TLS.`,
  });
});

it("refuses files that are no certificates", () => {
  const tls = clientTls();
  for (const wrong of [{ cert: "x" }, { key: "x" }, { key: authority.issue("DNS:other").key }, { ca: "x" }]) {
    expect(() => connectProcmon({ address: "tcp://localhost:1", tls: { ...tls, ...wrong } })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  }
});
