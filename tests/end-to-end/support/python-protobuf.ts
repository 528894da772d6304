import type { JsonValue } from "@bufbuild/protobuf";
import { afterAll } from "vitest";
import { pythonModules } from "./python-modules.ts";
import { type PythonPeer, startPythonPeer } from "./python-peer.ts";

/** Protobuf as Python knows it. */
export interface PythonProtobuf {
  /**
   * The bytes of a message as Python writes it, maps in the order of their keys' bytes.
   *
   * @param text how bytes that are not UTF-8 are written: `escape` is procmon.v1's way, `replace` puts U+FFFD in their place
   */
  write(type: string, fields: unknown, text: "escape" | "replace"): Promise<Buffer>;
  /** What Python reads, and what it then writes again. */
  read(type: string, bytes: Uint8Array): Promise<{ readonly fields: JsonValue; readonly bytes: Buffer }>;
  /** The text in a message of procmon.v1 that stands for a name. */
  textOf(name: Uint8Array): Promise<string>;
  /** The name that a text in a message of procmon.v1 stands for. */
  nameOf(text: string): Promise<Buffer>;
}

/** For a file's tests: starts Python when a test needs it, once for all of them. */
export function pythonProtobuf(): PythonProtobuf {
  const modules = pythonModules();
  let peer: Promise<PythonPeer> | undefined;
  afterAll(async () => (await peer)?.[Symbol.asyncDispose]());

  async function ask<Answer>(question: unknown): Promise<Answer> {
    peer ??= startPythonPeer("protobuf_peer.py", modules());
    return await (await peer).ask(question);
  }

  return {
    async write(type, fields, text) {
      const { bytes } = await ask<{ bytes: string }>({ write: type, fields, text });
      return Buffer.from(bytes, "base64");
    },
    async read(type, given) {
      const question = { read: type, bytes: base64(given) };
      const { fields, bytes } = await ask<{ fields: JsonValue; bytes: string }>(question);
      return { fields, bytes: Buffer.from(bytes, "base64") };
    },
    async textOf(name) {
      return Buffer.from((await ask<{ text: string }>({ name: base64(name) })).text, "base64").toString();
    },
    async nameOf(text) {
      return Buffer.from((await ask<{ name: string }>({ text: base64(Buffer.from(text)) })).name, "base64");
    },
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
