import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { requirement } from "@procmon-internal/fixtures";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connectProcmon } from "./connect-procmon.ts";
import { startMessage, startStub } from "./stub-server.test-kit.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "procmon-client-"));
  folders.push(folder);
  return folder;
}

async function failure(address: string) {
  using client = connectProcmon({ address });
  return await client.stats().then(
    () => undefined,
    (error: { code: string; message: string; remedy: string }) => error,
  );
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A socket whose server was killed. */
function deadSocket(): string {
  const path = join(makeFolder(), "socket");
  const script = `require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script, path]);
  return path;
}

describe("a service that cannot be reached", () => {
  it("has no socket", async () => {
    const path = join(makeFolder(), "socket");
    expect(await failure(`unix://${path}`)).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: `There is no socket at unix://${path}.`,
      remedy: expect.stringContaining("procmon serve"),
    });
  });

  it("has left its socket behind", async () => {
    const path = deadSocket();
    expect(await failure(`unix://${path}`)).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: `Nobody serves at unix://${path}.`,
      remedy: expect.stringContaining("procmon serve"),
    });
  });

  it("has a file in the place of its socket", async () => {
    const path = join(makeFolder(), "file");
    writeFileSync(path, "");
    expect(await failure(`unix://${path}`)).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: expect.stringContaining("Nobody serves"),
    });
  });

  it("belongs to another user", async ({ skip }) => {
    const missing = requirement("root");
    skip(missing !== undefined, missing);
    const folder = makeFolder();
    chmodSync(folder, 0o755);
    const path = join(folder, "socket");
    await using stub = await startStub({ Stats() {} }, { path });
    chmodSync(path, 0o600);
    process.seteuid?.(65534);
    try {
      expect(await failure(stub.address)).toMatchObject({
        code: "SERVICE_UNAVAILABLE",
        message: `This user may not open unix://${path}.`,
        remedy: expect.stringContaining("root"),
      });
    } finally {
      process.seteuid?.(0);
    }
  });

  it("has a host without an address", async () => {
    expect(await failure("tcp://procmon.invalid:1")).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: "The host of tcp://procmon.invalid:1 has no address.",
    });
  });

  it("speaks HTTP/1.1", async () => {
    const server = createHttpServer((_request, response) => response.end("hello"));
    const address = await listen(server);
    try {
      expect(await failure(address)).toMatchObject({
        code: "SERVICE_UNAVAILABLE",
        message: `What serves at ${address} is not gRPC.`,
      });
    } finally {
      server.close();
    }
  });

  it("says nothing at all, to a watch neither", async () => {
    const server = createServer(() => {});
    const address = await listen(server);
    using client = connectProcmon({ address, timeoutMs: 300 });
    const late = { code: "SERVICE_UNAVAILABLE", message: expect.stringContaining("in time") };
    try {
      await expect(client.stats()).rejects.toMatchObject(late);
      await expect(client.watch().next()).rejects.toMatchObject(late);
    } finally {
      server.close();
    }
  });

  it("closes the connection at once", async () => {
    const server = createServer((socket) => socket.destroy());
    const address = await listen(server);
    try {
      expect(await failure(address)).toMatchObject({
        code: "SERVICE_UNAVAILABLE",
        message: `The service at ${address} closed the connection at once.`,
      });
    } finally {
      server.close();
    }
  });
});

it.each(["", "/socket", "http://localhost:80", "tcp://localhost", "unix://socket", `unix:///${"x".repeat(200)}`])(
  "refuses %j as an address",
  (address) => {
    expect(() => connectProcmon({ address })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  },
);

it("does not look for the service in a folder that others may have made", () => {
  const folder = makeFolder();
  vi.stubEnv("XDG_RUNTIME_DIR", folder);
  const uid = vi.spyOn(process, "getuid").mockReturnValue(4242);
  try {
    mkdirSync(join(folder, "procmon"));
    expect(() => connectProcmon()).toThrow(expect.objectContaining({ code: "SERVICE_UNAVAILABLE" }));
    rmSync(join(folder, "procmon"), { recursive: true });
    using client = connectProcmon();
    expect(client.address).toBe(`unix://${folder}/procmon/procmon.sock`);
  } finally {
    uid.mockRestore();
    vi.unstubAllEnvs();
  }
});

it("finds the service with the next call when it has been started meanwhile", async () => {
  const path = join(makeFolder(), "socket");
  using client = connectProcmon({ address: `unix://${path}` });
  await expect(client.stats()).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  await using _stub = await startStub({ Stats: (_call, callback) => callback(null, Buffer.of()) }, { path });
  expect((await client.stats()).$typeName).toBe("procmon.v1.StatsResponse");
});

it("finds the next service with the next call where one was lost in the middle of a watch", async () => {
  const path = join(makeFolder(), "socket");
  using client = connectProcmon({ address: `unix://${path}` });
  for (const method of ["first", "second", "third"]) {
    await using stub = await startStub({ Watch: (call) => void call.write(startMessage(method)) }, { path });
    const watch = client.watch();
    expect(await watch.ready).toBe(method);
    stub.kill();
    await expect(watch.next()).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    await expect(client.stats()).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    await expect(client.stats()).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  }
});

it.each([
  [status.UNIMPLEMENTED, "SERVICE_UNAVAILABLE", /does not know Stats/],
  [status.UNAVAILABLE, "SERVICE_UNAVAILABLE", /cannot answer: Its words\./],
  [status.RESOURCE_EXHAUSTED, "SERVICE_UNAVAILABLE", /refuses: Its words\./],
  [status.INTERNAL, "SERVICE_UNAVAILABLE", /failed: Its words\./],
  [status.PERMISSION_DENIED, "SERVICE_UNAVAILABLE", /does not allow it: Its words\./],
  [status.FAILED_PRECONDITION, "NOT_SUPPORTED", /^Its words\.$/],
  [status.INVALID_ARGUMENT, "INVALID_OPTION", /^Its words\.$/],
])("tells of gRPC's status %i as %s", async (grpcCode, code, message) => {
  await using stub = await startStub({
    Stats: (_call, callback) => callback({ code: grpcCode, details: "Its words." }),
  });
  expect(await failure(stub.address)).toMatchObject({ code, message: expect.stringMatching(message) });
});

it("takes no message that is larger than 16 MiB", async () => {
  await using stub = await startStub({ Stats: (_call, callback) => callback(null, Buffer.alloc(2 ** 24 + 1)) });
  expect(await failure(stub.address)).toMatchObject({
    code: "INVALID_MESSAGE",
    message: expect.stringContaining("too large"),
  });
});
