import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "./start-server.test-kit.ts";

/** A certificate and its key, in PEM. */
export interface Identity {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** An authority that makes certificates until the test ends. */
export interface Authority {
  readonly ca: Buffer;
  /** One for 127.0.0.1 and localhost, for servers and for clients. */
  issue(name: string): Identity;
}

/** Why there can be none; undefined where there can. */
export function withoutOpenssl(): string | undefined {
  return spawnSync("openssl", ["version"]).error === undefined ? undefined : "openssl is not installed";
}

const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Makes one with openssl(1). */
export function makeAuthority(): Authority {
  const folder = scratchFolder();
  const file = (name: string): string => join(folder, name);
  const openssl = (...options: string[]): void => void execFileSync("openssl", options, { stdio: "pipe" });
  const authority = ["-keyout", file("ca.key"), "-out", file("ca.crt"), "-days", "1", "-subj", "/CN=authority"];
  openssl("req", "-x509", ...CURVE, ...authority);
  writeFileSync(file("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");

  return {
    ca: readFileSync(file("ca.crt")),
    issue(name) {
      openssl("req", ...CURVE, "-keyout", file("key"), "-out", file("csr"), "-subj", `/CN=${name}`);
      const signer = ["-CA", file("ca.crt"), "-CAkey", file("ca.key"), "-CAcreateserial"];
      openssl(
        "x509",
        "-req",
        "-in",
        file("csr"),
        ...signer,
        "-days",
        "1",
        "-extfile",
        file("names"),
        "-out",
        file("crt"),
      );
      return { cert: readFileSync(file("crt")), key: readFileSync(file("key")) };
    },
  };
}
