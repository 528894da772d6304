import { execFile, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import type { MonitorEvent } from "@procmon/core";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { beforeAll, expect, it } from "vitest";
import { generateSchemas } from "../scripts/generate-schemas.ts";
import { formatJson } from "../src/output/json.ts";
import { watchRecord } from "../src/output/watch-record.ts";
import { buildCommand, COUNTING_METHOD, MAIN, run } from "./built-command.ts";

const open = generateSchemas();
const closed = generateSchemas(true);

beforeAll(buildCommand, 120_000);

/** The schema of a name that also refuses fields which it does not list. */
function validator(name: string): ValidateFunction {
  const schema = JSON.parse(closed.get(`${name}.schema.json`) ?? "null") as object;
  return new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(schema);
}

function check(validate: ValidateFunction, value: unknown): void {
  expect(validate(value), JSON.stringify(validate.errors?.slice(0, 5))).toBe(true);
}

it("publishes the schemas that the types give (npm run schemas writes them)", () => {
  for (const [name, text] of open) {
    expect(readFileSync(new URL(`../schemas/${name}`, import.meta.url), "utf8"), name).toBe(text);
  }
});

it("would notice wrong output", () => {
  const validate = validator("ls");
  const good = { v: 1, method: "proc", visibility: { pidsReadable: 1, pidsTotal: 1, hiddenBy: [] }, sockets: [] };
  expect(validate(good)).toBe(true);
  expect(validate({ ...good, v: 2 })).toBe(false);
  expect(validate({ ...good, extra: 1 })).toBe(false);
  expect(validate({ ...good, sockets: [{ family: "inet" }] })).toBe(false);
});

it.each<[string, readonly string[]]>([
  ["ls", ["ls", "-a"]],
  ["who", ["who", ":PORT"]],
  ["who", ["who", "tcp", "127.0.0.1:CLIENT", "127.0.0.1:PORT"]],
  ["inspect", ["inspect", String(process.pid), "--env"]],
  ["inspect", ["inspect", String(process.pid), "--hash", "md5,fsverity"]],
  ["inspect", ["inspect", "2"]],
  ["tree", ["tree", "--kernel", "--unix"]],
  ["top", ["top", "--once", "--interval", "100ms", "--method", COUNTING_METHOD]],
  ["doctor", ["doctor"]],
])("%s: the output of %j fits its schema", async (name, args) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connect(port, "127.0.0.1");
  await once(client, "connect");
  const words = args.map((word) => word.replace("PORT", String(port)).replace("CLIENT", String(client.localPort)));
  const { stdout } = await run([...words, "--json"]);
  client.destroy();
  server.close();
  check(validator(name), JSON.parse(stdout));
});

it("watch-record: records of checksums fit its schema", () => {
  const executable = { device: 1, inode: 2n, size: 3n, mtime: -4n, ctime: 5n };
  const checksums = { "process.hash.sha256": "aa" };
  const known = { executable, checksums, checksumStatus: "ok" } as const;
  const told = { pid: 1, startTime: 2n, ppid: 0, comm: "x", path: "/bin/x", ...known };
  const head = { time: 1n, method: "hashing", process: told };
  const validate = validator("watch-record");
  const fits = (event: MonitorEvent) => check(validate, JSON.parse(formatJson(watchRecord(event, false))));
  fits({ ...head, type: "checksum" });
  fits({ ...head, type: "checksum-change", path: "/bin/x", previous: checksums });
});

it("watch-record: every record fits its schema", async () => {
  const child = spawn(process.execPath, [
    MAIN,
    "watch",
    "--method",
    "proc",
    "--json",
    "--env",
    "--duration",
    "4s",
    "--hash",
    "md5",
  ]);
  await once(child.stderr, "data");
  const act = async (): Promise<void> => {
    const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const udp = createSocket("udp4");
    udp.connect(9, "127.0.0.1");
    execFile("sleep", ["0.8"]);
    setTimeout(() => {
      client.destroy();
      udp.close();
      server.close();
    }, 800);
  };
  setTimeout(() => void act(), 500);
  setTimeout(() => void act(), 1500);
  const text = (await child.stdout.setEncoding("utf8").toArray()).join("");
  const records = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string });
  const types = new Set(records.map(({ type }) => type));
  for (const type of ["exec", "exit", "connect", "accept", "listen", "close", "flow"]) expect(types).toContain(type);
  const validate = validator("watch-record");
  for (const record of records) check(validate, record);
});
