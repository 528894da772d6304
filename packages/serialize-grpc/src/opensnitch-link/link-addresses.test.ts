import { once } from "node:events";
import { connect, createServer } from "node:net";
import { pipeline } from "node:stream";
import { ServerCredentials } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { type Authority, makeAuthority, missingOpenssl } from "../tls/certificates.test-kit.ts";
import { someConnect, startFakeMonitor } from "./fake-monitor.test-kit.ts";
import { type FakeUi, startFakeUi } from "./fake-ui.test-kit.ts";
import { linkToOpenSnitch } from "./link.ts";
import { PATIENT, rowsOf, startFastLink } from "./start-link.test-kit.ts";

const address = "127.0.0.1:0";

describe("over TCP", () => {
  beforeEach(() => {
    // Nobody listens there.
    for (const name of ["http_proxy", "grpc_proxy", "https_proxy"]) vi.stubEnv(name, "http://127.0.0.1:1");
    for (const name of ["no_proxy", "no_grpc_proxy"]) vi.stubEnv(name, "");
  });
  afterEach(() => void vi.unstubAllEnvs());

  test("goes to the UI itself, whatever proxy is set", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startFakeUi({ address })];
    const { link } = startFastLink(fake, { address: ui.address });
    fake.host.emit(someConnect(1));
    await expect.poll(() => rowsOf(ui).length, PATIENT).toBe(1);
    expect(link.state).toBe("connected");
  });
});

test("over a unix socket without a file", async () => {
  // A name of its own: these have no folder.
  const name = `procmon-test-${process.pid}`;
  const [fake, front, ui] = [await startFakeMonitor(), createServer(), await startFakeUi()];
  front.on("connection", (socket) => pipeline(socket, connect(ui.address.slice(7)), socket, () => {}));
  front.listen(`\0${name}`);
  await once(front, "listening");
  onTestFinished(() => void front.close());
  const { link } = startFastLink(fake, { address: `unix:@${name}` });
  await expect.poll(() => link.state, PATIENT).toBe("connected");
  expect(JSON.parse(ui.hosts[0]?.config ?? "")).toMatchObject({ Server: { Address: `unix:@${name}` } });
});

const missing = missingOpenssl();

describe("with TLS", () => {
  let authority: Authority;
  let host: ReturnType<Authority["issue"]>;
  let uiIdentity: ReturnType<Authority["issue"]>;
  beforeEach(({ skip }) => {
    skip(missing !== undefined, missing);
    authority ??= makeAuthority();
    host ??= authority.issue("DNS:host");
    uiIdentity ??= authority.issue("IP:127.0.0.1,DNS:ui.example.org");
  });

  const startTlsUi = (asks: boolean): Promise<FakeUi> => {
    const pair = { cert_chain: Buffer.from(uiIdentity.cert), private_key: Buffer.from(uiIdentity.key) };
    return startFakeUi({ address, credentials: ServerCredentials.createSsl(Buffer.from(authority.ca), [pair], asks) });
  };

  test("connects, also where the UI asks for a certificate or has another name, and no warning is given", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const fake = await startFakeMonitor();
    for (const [asks, tls] of [
      [false, { ca: authority.ca }],
      [true, { ca: Buffer.from(authority.ca), ...host }],
      [true, { ca: authority.ca, ...host, serverName: "ui.example.org" }],
      [true, { ca: authority.ca, ...host, serverName: "127.0.0.1" }],
    ] as const) {
      const ui = await startTlsUi(asks);
      const { link } = startFastLink(fake, { address: ui.address, tls });
      await expect.poll(() => link.state, PATIENT).toBe("connected");
    }
    expect(warnings).toEqual([]);
  });

  test("tells nothing to one that cannot prove what it is", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startTlsUi(false)];
    for (const tls of [{ ca: makeAuthority().ca }, {}, { ca: authority.ca, serverName: "other.example.org" }]) {
      const { link, told } = startFastLink(fake, { address: ui.address, tls });
      await expect.poll(() => told[0], PATIENT).toContain("no TLS connection can be made");
      await link.stop();
    }
    expect(ui.hosts).toEqual([]);
  });

  test("is not let in without the certificate that is asked for, and not without TLS", async () => {
    const [fake, ui] = [await startFakeMonitor(), await startTlsUi(true)];
    for (const options of [{ tls: { ca: authority.ca } }, {}]) {
      const { link, told } = startFastLink(fake, { address: ui.address, ...options });
      await expect.poll(() => told[0], PATIENT).toContain("waiting: SERVICE_UNAVAILABLE ");
      await link.stop();
    }
    expect(ui.hosts).toEqual([]);
  });

  test("what is no certificate, or no key of it, is refused before anything begins", async () => {
    const { monitor } = await startFakeMonitor();
    for (const tls of [
      { ca: "none" },
      { cert: host.cert },
      { key: host.key },
      { cert: "none", key: host.key },
      { cert: host.cert, key: "none" },
      { cert: host.cert, key: uiIdentity.key },
      { serverName: "" },
      { serverName: 5 as never },
      null as never,
      "yes" as never,
    ]) {
      const refused = expect.objectContaining({ code: "INVALID_OPTION", remedy: expect.any(String) });
      expect(() => linkToOpenSnitch(monitor, { address: "192.0.2.1:50051", tls })).toThrow(refused);
    }
  });
});
