// Runs in a Node.js, or a Bun, of another machine: uses everything of the binary once, and prints what came of it. Arguments: the package's
// folder, and a file with a BPF object.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const native = await import(pathToFileURL(join(process.argv[2], "src", "index.ts")).href);
const support = native.nativeSupport();
const server = createServer().listen(0, "127.0.0.1", async () => {
  const report = { arch: process.arch, support, clocks: clocks(), scanned: scanned(), waited: waited(), bpf: bpf() };
  report.read = await read();
  console.log(JSON.stringify(report));
  server.close();
});

/** Each clock stands between two looks at the same clock of others. */
function clocks() {
  const [uptimeBefore, dateBefore] = [uptime(), Date.now()];
  const { monotonic, boottime, realtime } = native.readClocks();
  const [uptimeAfter, dateAfter] = [uptime(), Date.now()];
  const [boot, real] = [Number(boottime / 1_000_000n), Number(realtime / 1_000_000n)];
  const within = uptimeBefore <= boot && boot <= uptimeAfter + 10 && dateBefore <= real && real <= dateAfter;
  return within && monotonic <= boottime && native.readClocks().monotonic > monotonic;
}

/** Milliseconds since boot, in steps of ten (proc(5), `/proc/uptime`). */
function uptime() {
  return Math.round(Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1000);
}

/** The scan finds the sockets that the links in /proc/self/fd tell of. */
function scanned() {
  const links = readdirSync("/proc/self/fd").flatMap((fd) => /^socket:\[(\d+)\]$/.exec(target(fd))?.[1] ?? []);
  const inodes = [];
  native.scanSockets("/proc", [process.pid], (found) => {
    inodes.push(...found.sockets.filter((_, index) => index % 2 === 0));
  });
  return links.length > 0 && links.every((inode) => inodes.includes(Number(inode)));
}

function target(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "";
  }
}

/** What is in a BPF object, and whether the kernel takes it. */
function bpf() {
  const object = native.openBpfObject(readFileSync(process.argv[3]));
  const report = { programs: object.programs, layout: object.structLayout("pair"), loaded: loaded(object) };
  object.close();
  return report;
}

function loaded(object) {
  try {
    object.load();
    return true;
  } catch (error) {
    return error.code;
  }
}

/** The names of the interfaces, as this thread waits for them. */
function waited() {
  const socket = askForInterfaces();
  const names = [];
  const room = new Uint8Array(1 << 18);
  for (let batch = socket.receive(room, 5000); batch; batch = socket.receive(room, 100)) {
    names.push(...interfacesOf(batch));
  }
  socket.close();
  return names.sort();
}

/** The same, as the thread of the addon delivers them. */
function read() {
  const socket = askForInterfaces();
  return new Promise((resolve, reject) => {
    socket.read({
      onBatch(batch) {
        socket.close();
        resolve(interfacesOf(batch).sort());
      },
      onError: reject,
    });
  });
}

/** RTM_GETLINK of rtnetlink(7), with an empty `struct ifinfomsg`. */
function askForInterfaces() {
  const socket = native.openNetlinkSocket({ protocol: "route" });
  const flags = native.NLM_F_REQUEST | native.NLM_F_DUMP;
  socket.send(native.encodeNetlinkMessage({ type: 18, flags, sequence: 1, payload: new Uint8Array(16) }));
  return socket;
}

/** IFLA_IFNAME, attribute 3, of each RTM_NEWLINK. */
function interfacesOf(batch) {
  const names = [];
  native.forEachDatagram(batch, {
    datagram: ({ payload }) =>
      native.forEachNetlinkMessage(payload, ({ type, payload: link }) => {
        for (let at = 16; type === 16 && at + 4 <= link.length; ) {
          const length = link.readUInt16LE(at);
          if (length < 4) return;
          if (link.readUInt16LE(at + 2) === 3) names.push(link.toString("latin1", at + 4, at + length - 1));
          at += (length + 3) & ~3;
        }
      }),
  });
  return names;
}
