// Captures of sockets that the text of datagrams names, many of them: each is the one that is named, and no descriptor is left open.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import {
  encodeNetlinkMessage,
  forEachDatagram,
  NLM_F_REQUEST,
  openNetlinkSocket,
  parseCapturedSocket,
} from "../../src/index.ts";
import { waitUntil } from "./wait.ts";

/** AUDIT_USER_AVC (include/uapi/linux/audit.h): of what a process says the kernel makes a record with its pid, also while audit is off. */
const RECORD = 1107;
const MESSAGES = 500;

const servers = Array.from({ length: 4 }, () => createServer().listen(0, "127.0.0.1"));
await Promise.all(servers.map((server) => once(server, "listening")));
const places = servers.map((server) => ({
  fd: (server as unknown as { _handle: { fd: number } })._handle.fd,
  port: (server.address() as { port: number }).port,
}));

const before = readdirSync("/proc/self/fd").length;
const socket = openNetlinkSocket({ protocol: "audit", groups: [1], receiveBufferBytes: 8 << 20 });
const speaker = openNetlinkSocket({ protocol: "audit" });
const wanted: number[] = [];
const found: (number | undefined)[] = [];
socket.read({
  onBatch: (batch) =>
    forEachDatagram(batch, {
      datagram: ({ payload, captures: [captured, stat] }) => {
        if (!payload.includes(`text-captures ${process.pid}`)) return;
        assert.ok(stat?.bytes.toString().startsWith(`${process.pid} (`));
        found.push(captured && parseCapturedSocket(captured)?.local?.port);
      },
    }),
  onError: assert.fail,
  captures: [
    {
      offset: 4,
      value: RECORD,
      contains: `text-captures ${process.pid}`,
      pidAfter: " pid=",
      socketAfter: { text: " a0=", radix: 16 },
      files: [{ name: "stat", kind: "file", limit: 1024 }],
    },
  ],
});
for (let index = 0; index < MESSAGES; index++) {
  const { fd, port } = places[index % places.length] ?? assert.fail();
  const text = `text-captures ${process.pid} a0=${fd.toString(16)} `;
  speaker.send(encodeNetlinkMessage({ type: RECORD, flags: NLM_F_REQUEST, payload: Buffer.from(`${text}\0`) }));
  wanted.push(port);
  if (index % 20 === 19) await waitUntil("the records are here", () => found.length === wanted.length);
}
assert.deepEqual(found, wanted);
for (const netlink of [socket, speaker]) netlink.close();
assert.equal(readdirSync("/proc/self/fd").length, before);
for (const server of servers) server.close();
console.log("ok");
