import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Addon } from "./addon.ts";
import { ELF_HEADER_BYTES, isCutOff } from "./elf-header.ts";
import { currentLibc } from "./libc.ts";
import { type LoadFailure, noSuchFile, noSuchPlatform, notLoaded } from "./load-failure.ts";
import { NativeError } from "./native-error.ts";

/** Whether the native half can be used on this machine. If not: why, and what would help, in whole sentences. */
export type NativeSupport =
  | { readonly available: true; readonly binary: string }
  | { readonly available: false; readonly reason: string; readonly remedy: string };

type Loaded = { readonly addon: Addon; readonly binary: string } | LoadFailure;

/** One for each worker thread, as the addon itself is. */
let loaded: Loaded | undefined;

/** Tells whether there is a binary that fits this machine and can be loaded. Loads it at the first call; never throws. */
export function nativeSupport(): NativeSupport {
  loaded ??= load();
  if ("addon" in loaded) return { available: true, binary: loaded.binary };
  return { available: false, ...loaded };
}

/** The binary's exports. @throws NativeError `NATIVE_UNAVAILABLE` */
export function loadAddon(): Addon {
  loaded ??= load();
  if ("addon" in loaded) return loaded.addon;
  throw new NativeError("NATIVE_UNAVAILABLE", `${loaded.reason} ${loaded.remedy}`);
}

function load(): Loaded {
  const { platform, arch } = process;
  if (platform !== "linux" || (arch !== "x64" && arch !== "arm64")) return noSuchPlatform(`${platform}-${arch}`);
  const target = `${platform}-${arch}-${currentLibc()}`;
  const binary = fileURLToPath(new URL(`../prebuilds/${target}/procmon.node`, import.meta.url));
  if (!existsSync(binary)) return noSuchFile(binary);
  try {
    if (isFileCutOff(binary)) return notLoaded(target, "the file is cut off");
    return { addon: createRequire(import.meta.url)(binary) as Addon, binary };
  } catch (error) {
    return notLoaded(target, error instanceof Error ? error.message : String(error));
  }
}

function isFileCutOff(file: string): boolean {
  const descriptor = openSync(file, "r");
  try {
    const header = new Uint8Array(ELF_HEADER_BYTES);
    const length = readSync(descriptor, header);
    return isCutOff(header.subarray(0, length), fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}
