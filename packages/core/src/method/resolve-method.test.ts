import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type { ErrorCode } from "../errors/error-codes.ts";
import { ProcmonError } from "../errors/procmon-error.ts";
import type { MethodSpecifier } from "./method-specifier.ts";
import type { MonitorMethod } from "./monitor-method.ts";
import { resolveMethod } from "./resolve-method.ts";

const home = mkdtempSync(join(tmpdir(), "procmon-resolve-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** The text of a method, as an expression. */
function methodText(name: string): string {
  return `({ specVersion: 1, name: ${JSON.stringify(name)},
    capabilities: { events: {}, protocols: ["tcp"], execSafe: false, networkNamespaces: "own", blindSpots: [] },
    async probe() { return { result: "available", checks: [] }; },
    async start() {}, async stop() {}, async findOwner() { return { kind: "none", reason: "not-found" }; } })`;
}

function write(path: string, text: string): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function install(name: string, manifest: object, files: Readonly<Record<string, string>>): void {
  write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", ...manifest }));
  for (const [path, text] of Object.entries(files)) write(`node_modules/${name}/${path}`, text);
}

const resolve = (specifier: MethodSpecifier, from = home) => resolveMethod(specifier, { from });

async function errorOf(specifier: MethodSpecifier, code: ErrorCode): Promise<ProcmonError> {
  const error = await resolve(specifier).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!ProcmonError.isInstance(error)) throw new Error(`expected a ProcmonError, got ${String(error)}`);
  expect(error.code).toBe(code);
  return error;
}

describe("packages", () => {
  test("an ES module that exports itself for import only", async () => {
    install(
      "procmon-method-esm",
      { type: "module", exports: { ".": { types: "./x.d.ts", import: "./dist/main.js" } } },
      { "dist/main.js": `export default () => ${methodText("esm")}` },
    );
    expect((await resolve("esm")).name).toBe("esm");
  });

  test("a CommonJS package with a plain main, found from a directory below, by its link", async () => {
    install("real-place", { main: "lib" }, { "lib/index.js": `module.exports = ${methodText("cjs")}` });
    symlinkSync(join(home, "node_modules/real-place"), join(home, "node_modules/procmon-method-cjs"));
    mkdirSync(join(home, "a/b"), { recursive: true });
    expect((await resolve("cjs", join(home, "a/b"))).name).toBe("cjs");
  });

  test("a CommonJS package that was made from an ES module", async () => {
    install(
      "procmon-method-transpiled",
      {},
      { "index.js": `exports.__esModule = true; exports.default = () => ${methodText("transpiled")}` },
    );
    expect((await resolve("transpiled")).name).toBe("transpiled");
  });

  test.each([
    ["sugar", "./main.mjs"],
    ["conditions without paths", { node: { import: "./main.mjs" }, default: "./other.mjs" }],
    ["an order of conditions", { browser: "./other.mjs", default: "./main.mjs" }],
    ["a list", { ".": [{ browser: "./other.mjs" }, "./main.mjs"] }],
    [
      "the most specific that fits",
      { ".": { require: "./other.mjs", import: { deno: "./other.mjs", node: "./main.mjs" } } },
    ],
  ])("exports written as %s", async (words, exports) => {
    const name = `exports-${words.replaceAll(" ", "-")}`;
    install(`procmon-method-${name}`, { exports }, { "main.mjs": `export default ${methodText("right")}` });
    expect((await resolve(name)).name).toBe("right");
  });

  test("a scoped name is itself, and Procmon's own methods have its scope", async () => {
    install("@some/tool", {}, { "index.js": `module.exports = ${methodText("scoped")}` });
    install("@procmon/method-audit", {}, { "index.js": `module.exports = ${methodText("audit")}` });
    install("procmon-method-audit", {}, { "index.js": `module.exports = ${methodText("impostor")}` });
    expect((await resolve("@some/tool")).name).toBe("scoped");
    expect((await resolve("audit")).name).toBe("audit");
  });

  test("one that is not there says how to install it", async () => {
    expect(await errorOf("nowhere", "METHOD_NOT_INSTALLED")).toMatchObject({
      remedy: "npm install procmon-method-nowhere",
    });
    expect((await errorOf("ebpf", "METHOD_NOT_INSTALLED")).remedy).toBe("npm install @procmon/method-ebpf");
    expect((await errorOf("@a/b", "METHOD_NOT_INSTALLED")).remedy).toBe("npm install @a/b");
  });

  test("one that cannot be loaded is installed all the same, and its error is kept", async () => {
    install("procmon-method-throws", {}, { "index.js": `throw new TypeError("out of order")` });
    const thrown = await errorOf("throws", "METHOD_INVALID");
    expect(thrown.message).toContain("out of order");
    expect(thrown.cause).toBeInstanceOf(TypeError);

    install("procmon-method-needs", { type: "module" }, { "index.js": `import "left-behind"; export default 1;` });
    expect((await errorOf("needs", "METHOD_INVALID")).message).toContain("it needs left-behind, which is missing");

    install("procmon-method-unbuilt", { exports: "./dist/index.js" }, {});
    expect((await errorOf("unbuilt", "METHOD_INVALID")).message).toContain("./dist/index.js, which is not there");

    install("procmon-method-shut", { exports: { ".": { import: null, default: "./x.js" } } }, { "x.js": "" });
    await errorOf("shut", "METHOD_INVALID");
    install("procmon-method-escapes", { exports: "./../../../x.js" }, {});
    expect((await errorOf("escapes", "METHOD_INVALID")).message).toContain("outside of the package");
    write("node_modules/procmon-method-broken/package.json", "{");
    await errorOf("broken", "METHOD_INVALID");
  });

  test("one without a default export, or with a wrong one, is no method", async () => {
    install("procmon-method-named", { type: "module" }, { "index.js": `export const method = ${methodText("x")}` });
    expect((await errorOf("named", "METHOD_INVALID")).message).toContain("no default export");
    install("procmon-method-number", {}, { "index.js": "module.exports = 7" });
    expect((await errorOf("number", "METHOD_INVALID")).message).toContain("it is no object");
  });
});

describe("paths", () => {
  test("relative to the given directory, absolute, a URL, a directory", async () => {
    const file = write("my/method.mjs", `export default ${methodText("mine")}`);
    write("my/package.json", JSON.stringify({ main: "method.mjs" }));
    for (const specifier of ["./my/method.mjs", file, pathToFileURL(file).href, "./my", join(home, "my")]) {
      expect((await resolve(specifier)).name).toBe("mine");
    }
  });

  test("nothing there", async () => {
    await errorOf("./nothing.js", "METHOD_NOT_INSTALLED");
    await errorOf("/nothing/at/all.js", "METHOD_NOT_INSTALLED");
  });
});

test.each([
  "",
  " ",
  "a b",
  "../x",
  "./../x",
  ".",
  "x/y",
  "@x",
  "@x/",
  "@x/../y",
  "@../x",
  "X",
  "a\0b",
  "./a\0b",
  "a\n",
  "node:fs",
  "https://x/y.js",
  "data:text/javascript,export default 1",
  "file://host/x.js",
  "file:///a%00b",
  "x".repeat(10_000),
  "..%2fx",
  "-rf",
])("%j is no name", async (name) => {
  await errorOf(name, "INVALID_OPTION");
});

describe("objects and factories", () => {
  const good: MonitorMethod = {
    specVersion: 1,
    name: "good",
    capabilities: {
      events: { exec: "complete" },
      protocols: ["tcp"],
      execSafe: true,
      networkNamespaces: "own",
      blindSpots: [],
    },
    probe: async () => ({ result: "available", checks: [] }),
    start: async () => {},
    stop: async () => {},
    findOwner: async () => ({ kind: "none", reason: "not-found" }),
  };

  test("are taken as they are", async () => {
    expect(await resolve(good)).toBe(good);
    expect(await resolve(() => good)).toBe(good);
  });

  test("a factory that throws", async () => {
    const broken = () => {
      throw new Error("no way");
    };
    expect((await errorOf(broken, "METHOD_INVALID")).message).toContain("no way");
  });

  test.each([
    ["name", { name: "" }],
    ["name", { name: "a\nb" }],
    ["findOwner", { findOwner: undefined }],
    ["snapshot", { snapshot: 1 }],
    ["traffic", { traffic: 1 }],
    ["specVersion", { specVersion: undefined }],
    ["capabilities", { capabilities: null }],
    ["capabilities.events", { capabilities: { ...good.capabilities, events: { lost: "complete" } } }],
    ["capabilities.protocols", { capabilities: { ...good.capabilities, protocols: ["ipx"] } }],
    ["capabilities.execSafe", { capabilities: { ...good.capabilities, execSafe: 1 } }],
    ["capabilities.networkNamespaces", { capabilities: { ...good.capabilities, networkNamespaces: "some" } }],
    ["capabilities.blindSpots", { capabilities: { ...good.capabilities, blindSpots: "none" } }],
  ])("a fault in %s is named", async (member, change) => {
    expect((await errorOf({ ...good, ...change } as MonitorMethod, "METHOD_INVALID")).message).toContain(
      `${member} must`,
    );
  });

  test("all faults are told at once", async () => {
    const { message } = await errorOf({} as MonitorMethod, "METHOD_INVALID");
    for (const member of ["specVersion", "name", "probe", "start", "stop", "findOwner", "capabilities"]) {
      expect(message).toContain(`${member} must`);
    }
  });

  test("another version of the contract is refused as such", async () => {
    const future = { ...good, specVersion: 2 } as unknown as MonitorMethod;
    expect((await errorOf(future, "METHOD_SPEC_UNSUPPORTED")).message).toContain("version 2");
  });

  test("what is none of these", async () => {
    for (const nonsense of [null, undefined, 7, []]) await errorOf(nonsense as never, "METHOD_INVALID");
  });
});
