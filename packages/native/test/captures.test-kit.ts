import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import {
  type CapturedSocket,
  type CaptureFile,
  type Datagram,
  parseCapturedSocket,
  type TextCaptureRule,
} from "@procmon/native";
import type { Captures } from "./programs/captures-addon.ts";

/** errno(3). */
export const ENOENT = 2;
export const ESRCH = 3;
export const EBADF = 9;
export const EBUSY = 16;
export const EXDEV = 18;
export const ENOTSOCK = 88;

export const STAT: CaptureFile = { name: "stat", kind: "file", limit: 512 };

/** A datagram for which `textRule` holds. */
export function textDatagram(text: string): Buffer {
  return Buffer.from(`\x07\0\0\0${text}`);
}

export function textRule(more: Partial<TextCaptureRule> = {}): TextCaptureRule {
  return { offset: 0, value: 7, pidAfter: " pid=", files: [STAT], ...more };
}

/** What a look at a descriptor gives. */
export interface Look {
  readonly socket: CapturedSocket | undefined;
  /** Why there is none. */
  readonly error: number;
  readonly stat: Datagram["captures"][number];
}

/** Has a descriptor captured. */
export function lookAt(captures: Captures, pid: number, fd: number, procfsRoot?: string): Look {
  const rule = textRule({ socketAfter: { text: " a0=", radix: 16 } });
  const [socket, stat] = captures.of([rule], textDatagram(` pid=${pid} a0=${fd.toString(16)} `), procfsRoot);
  if (!socket || !stat) throw new Error("nothing was captured");
  return { socket: parseCapturedSocket(socket), error: socket.error, stat };
}

/** A server of this process that listens. */
export interface OwnServer extends Disposable {
  readonly fd: number;
  /** 0 where it has none. */
  readonly port: number;
}

/** Starts one. */
export async function listen(
  where: { readonly port: number; readonly host: string } | { readonly path: string },
  onPeer?: (peer: Socket) => void,
): Promise<OwnServer> {
  const server = createServer((peer) => {
    peer.on("error", () => {});
    onPeer?.(peer);
  }).listen(where);
  await once(server, "listening");
  return {
    /** Only Node.js itself knows it. */
    fd: (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd,
    port: (server.address() as Partial<AddressInfo>).port ?? 0,
    [Symbol.dispose]: () => void server.close(),
  };
}
