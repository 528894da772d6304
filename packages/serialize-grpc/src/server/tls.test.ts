import { connect } from "node:tls";
import { credentials } from "@grpc/grpc-js";
import { beforeEach, expect, test } from "vitest";
import { execOf } from "../service/synthetic-method.test-kit.ts";
import { nextOf, readEvents } from "../service/watch-messages.test-kit.ts";
import { type Authority, makeAuthority, missingOpenssl } from "../tls/certificates.test-kit.ts";
import { checkTls } from "./credentials.ts";
import { parseListenAddress } from "./listen-address.ts";
import { connectClient, STATS, startServer, statusCodeOf, type TestServer, WATCH } from "./start-server.test-kit.ts";

beforeEach(({ skip }) => {
  const missing = missingOpenssl();
  skip(missing !== undefined, missing);
});

const UNAVAILABLE = 14;

const NAMES = "IP:127.0.0.1,DNS:localhost";

/** TLS knows servers by names, and not by addresses. */
const NAMED = { "grpc.ssl_target_name_override": "localhost" };

async function start() {
  const authority = makeAuthority();
  const { cert, key } = authority.issue(NAMES);
  const tls = { cert, key, ca: authority.ca };
  const running = await startServer({ listen: ["tcp://127.0.0.1:0"], tls });
  return { ...running, authority, tls };
}

function channel(ca: string, identity?: ReturnType<Authority["issue"]>) {
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(Buffer.from(ca), pem(identity?.key), pem(identity?.cert));
}

/** What happens to a client of TLS that says something: `data`, or the code of the error. */
function knock({ address }: TestServer, options: object): Promise<string> {
  const parsed = parseListenAddress(address);
  const port = parsed.kind === "tcp" ? parsed.port : 0;
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, ALPNProtocols: ["h2"], ...options });
    socket.on("secureConnect", () => socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    socket.on("data", () => resolve("data"));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("close", () => resolve("closed"));
  });
}

test("a client with a certificate of the authority is served", async () => {
  const { address, authority, method } = await start();
  const client = connectClient(address, channel(authority.ca, authority.issue(NAMES)), NAMED);
  expect(await statusCodeOf(client.ask(STATS))).toBe(0);
  const stream = client.open(WATCH);
  await nextOf(stream);
  method.emit(execOf(1));
  expect(await readEvents(stream, 1)).toMatchObject([{ type: "exec" }]);
});

test("one without a certificate is not, nor one with another authority's, nor one without TLS", async () => {
  const { address, authority } = await start();
  const stranger = makeAuthority().issue(NAMES);
  for (const wrong of [channel(authority.ca), channel(authority.ca, stranger), credentials.createInsecure()]) {
    expect(await statusCodeOf(connectClient(address, wrong, NAMED).ask(STATS))).toBe(UNAVAILABLE);
  }
});

test("nothing at all is said to these", async () => {
  const running = await start();
  const { ca } = running.authority;
  const stranger = makeAuthority().issue(NAMES);
  expect(await knock(running, { ca, ...running.authority.issue(NAMES) })).toBe("data");
  expect(await knock(running, { ca })).not.toBe("data");
  expect(await knock(running, { ca, ...stranger })).not.toBe("data");
});

test("old versions of TLS are not spoken", async () => {
  const running = await start();
  const identity = running.authority.issue(NAMES);
  const options = { ca: running.authority.ca, ...identity, ciphers: "DEFAULT@SECLEVEL=0" };
  expect(await knock(running, { ...options, minVersion: "TLSv1.2", maxVersion: "TLSv1.2" })).toBe("data");
  expect(await knock(running, { ...options, minVersion: "TLSv1", maxVersion: "TLSv1.1" })).not.toBe("data");
});

test("a client knows its server by the authority", async () => {
  const { address, authority } = await start();
  const client = connectClient(address, channel(makeAuthority().ca, authority.issue(NAMES)), NAMED);
  expect(await statusCodeOf(client.ask(STATS))).toBe(UNAVAILABLE);
});

test("the unix socket of the same server needs no certificate", async () => {
  const { tls } = await start();
  const { address } = await startServer({ tls });
  expect(await statusCodeOf(connectClient(address).ask(STATS))).toBe(0);
});

test("certificates that are none, or do not belong together, are refused", () => {
  const authority = makeAuthority();
  const { ca } = authority;
  const [{ cert, key }, other] = [authority.issue(NAMES), authority.issue(NAMES)];
  expect(() => checkTls({ cert, key, ca })).not.toThrow();
  expect(() => checkTls({ cert: cert.toString(), key: key.toString(), ca: ca.toString() })).not.toThrow();
  const wrong = [
    { cert, key: other.key, ca },
    { cert: key, key, ca },
    { cert, key: cert, ca },
    { cert, key, ca: "" },
    { cert, key, ca: Buffer.alloc(0) },
    { cert, key, ca: key },
    { cert, key: "", ca },
    { cert: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", key, ca },
  ];
  for (const tls of wrong) expect(() => checkTls(tls)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
