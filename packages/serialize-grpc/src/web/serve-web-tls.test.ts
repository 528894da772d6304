import { type RequestOptions, request } from "node:https";
import { beforeEach, expect, it } from "vitest";
import { type Authority, makeAuthority, missingOpenssl } from "../tls/certificates.test-kit.ts";
import { pathOf, startWebKit, type WebKit } from "./web-kit.test-kit.ts";

const missing = missingOpenssl();
let authority: Authority;
beforeEach(({ skip }) => {
  skip(missing !== undefined, missing);
  authority ??= makeAuthority();
});

function startTlsKit(): Promise<WebKit> {
  return startWebKit({ tls: { ca: authority.ca, ...authority.issue("DNS:procmon.example,IP:192.0.2.1") } });
}

/** The status of an answer; the code of the error where there is none. */
function ask({ port }: WebKit, host: string, tls: RequestOptions): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        method: "POST",
        path: pathOf("Stats"),
        headers: { host, "content-type": "application/json" },
        ca: authority.ca,
        servername: "procmon.example",
        agent: false,
        ...tls,
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode));
      },
    );
    outgoing.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
    outgoing.end("{}");
  });
}

it("answers clients of the authority, under the names of its certificate", async () => {
  await using kit = await startTlsKit();
  expect(kit.web.address).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const client = authority.issue("DNS:client");
  for (const host of ["procmon.example", "PROCMON.example:443", "192.0.2.1", "localhost"]) {
    expect([host, await ask(kit, host, client)]).toEqual([host, 200]);
  }
  for (const host of ["other.example", "192.0.2.2", "x.procmon.example"]) {
    expect([host, await ask(kit, host, client)]).toEqual([host, 403]);
  }
});

it("does not talk to others", async () => {
  await using kit = await startTlsKit();
  const refused = expect.stringMatching(/^(ERR_SSL_|ECONNRESET|EPIPE)/);
  expect(await ask(kit, "localhost", {})).toEqual(refused);
  expect(await ask(kit, "localhost", makeAuthority().issue("DNS:client"))).toEqual(refused);
  expect(
    await ask(kit, "localhost", { ...authority.issue("DNS:client"), maxVersion: "TLSv1.1", minVersion: "TLSv1" }),
  ).toEqual(refused);
  expect(await ask(kit, "localhost", authority.issue("DNS:client"))).toBe(200);
});

it("is not offered with certificates that are none", async () => {
  const good = { ca: authority.ca, ...authority.issue("DNS:localhost") };
  for (const wrong of [{ cert: "x" }, { key: "x" }, { ca: "x" }]) {
    await expect(startWebKit({ tls: { ...good, ...wrong } })).rejects.toMatchObject({ code: "INVALID_OPTION" });
  }
});
