import { expect, it } from "vitest";
import { parseCgroup } from "./parse-cgroup.ts";
import { parseDescriptorLink } from "./parse-descriptor-link.ts";
import { parseEnviron } from "./parse-environ.ts";
import { parseFdinfo } from "./parse-fdinfo.ts";
import { parseIo } from "./parse-io.ts";
import { parseNetDev } from "./parse-net-dev.ts";
import { parseStatm } from "./parse-statm.ts";
import { parseNamespaceLink } from "./read-namespace.ts";
import { parseStack } from "./read-stack.ts";

it("parses cgroup, with colons in a path", () => {
  expect(parseCgroup(Buffer.from("9:name=systemd:/a:b\n4:cpu,cpuacct:/\n0::/c\nx\n5:y\n"))).toEqual([
    { hierarchy: 9, controllers: "name=systemd", path: "/a:b" },
    { hierarchy: 4, controllers: "cpu,cpuacct", path: "/" },
    { hierarchy: 0, controllers: "", path: "/c" },
  ]);
});

it("parses environ: the first of a name wins, and no name touches a prototype", () => {
  const env = parseEnviron(Buffer.from("A=1\0B=x=y\0A=2\0=C\0noise\0__proto__=p\0toString=t\0"));
  expect(Object.entries(env)).toEqual([
    ["A", "1"],
    ["B", "x=y"],
    ["__proto__", "p"],
    ["toString", "t"],
  ]);
});

it("parses fdinfo", () => {
  expect(parseFdinfo(Buffer.from("pos:\t12\nflags:\t02100001\nmnt_id:\t24\nino:\t3\n"))).toEqual({
    position: 12n,
    flags: 0o2100001,
    mountId: 24,
  });
  expect(parseFdinfo(Buffer.from("x"))).toEqual({});
});

it("tells what a descriptor's link means", () => {
  expect(parseDescriptorLink("socket:[123]")).toEqual({ kind: "socket", inode: 123 });
  expect(parseDescriptorLink("pipe:[7]")).toEqual({ kind: "pipe", inode: 7 });
  expect(parseDescriptorLink("anon_inode:[eventpoll]")).toEqual({ kind: "anon-inode" });
  expect(parseDescriptorLink("anon_inode:inotify")).toEqual({ kind: "anon-inode" });
  expect(parseDescriptorLink("net:[4026531840]")).toEqual({ kind: "namespace", inode: 4026531840 });
  expect(parseDescriptorLink("pidfd:[9]")).toEqual({ kind: "anon-inode", inode: 9 });
  expect(parseDescriptorLink("socket:[x]")).toEqual({ kind: "other" });
  expect(parseDescriptorLink("/tmp/socket:[123]")).toBeUndefined();
});

it("parses io, statm, net/dev, stack and namespaces", () => {
  expect(parseIo(Buffer.from("rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\n"))).toEqual({
    rchar: 1,
    wchar: 2,
    syscr: 3,
    syscw: 4,
    readBytes: 5,
    writeBytes: 6,
    cancelledWriteBytes: 0,
  });
  expect(parseStatm(Buffer.from("730 404 387 5 0 61 0\n"))).toEqual({
    size: 730,
    resident: 404,
    shared: 387,
    text: 5,
    data: 61,
  });
  const heading = "Inter-|   Receive |  Transmit\n face |bytes    packets errs\n";
  expect(parseNetDev(Buffer.from(`${heading}  a:0: 1 2 3 4 0 0 0 0 11 12 13 14 0 0 0 0\n`))).toEqual([
    {
      name: "a:0",
      receivedBytes: 1,
      receivedPackets: 2,
      receiveErrors: 3,
      receiveDrops: 4,
      sentBytes: 11,
      sentPackets: 12,
      sendErrors: 13,
      sendDrops: 14,
    },
  ]);
  expect(parseStack(Buffer.from("[<0>] do_epoll_wait+0x4a/0x60\n[<0>] x\n"))).toEqual(["do_epoll_wait+0x4a/0x60", "x"]);
  expect(parseNamespaceLink("net:[4026531840]")).toBe(4026531840);
  expect(parseNamespaceLink("net:[]")).toBeUndefined();
});
