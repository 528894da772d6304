import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An authority and the certificates that it has given, in PEM. */
export interface Authority {
  readonly ca: string;
  /** A certificate for names and addresses as OpenSSL writes them, for example `DNS:localhost,IP:127.0.0.1`. */
  issue(subjectAltName: string): { readonly cert: string; readonly key: string };
}

/** Why no certificates can be made here; undefined where they can. */
export function missingOpenssl(): string | undefined {
  return spawnSync("openssl", ["version"]).status === 0 ? undefined : "openssl is not installed";
}

/** Makes an authority that nobody else knows, with openssl(1). */
export function makeAuthority(): Authority {
  const own = inFolder((folder) => {
    openssl(
      folder,
      "req",
      "-x509",
      ...NEW_KEY,
      "-keyout",
      "key",
      "-out",
      "cert",
      "-days",
      "2",
      "-subj",
      "/CN=authority",
    );
    return { ca: read(folder, "cert"), key: read(folder, "key") };
  });
  return {
    ca: own.ca,
    issue: (subjectAltName) =>
      inFolder((folder) => {
        writeFileSync(join(folder, "ca"), own.ca);
        writeFileSync(join(folder, "ca-key"), own.key);
        writeFileSync(join(folder, "names"), `subjectAltName=${subjectAltName}\n`);
        openssl(folder, "req", ...NEW_KEY, "-keyout", "key", "-out", "request", "-subj", "/CN=procmon");
        const signing = ["-CA", "ca", "-CAkey", "ca-key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
        openssl(folder, "x509", "-req", "-in", "request", ...signing, "-out", "cert");
        return { cert: read(folder, "cert"), key: read(folder, "key") };
      }),
  };
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

function openssl(cwd: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync("openssl", args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
}

function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

function inFolder<Result>(work: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "procmon-certificates-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
