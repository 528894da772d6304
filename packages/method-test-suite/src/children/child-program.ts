/**
 * What a child process runs: `node -e` with this text, so that users of the suite need no file and no compiler. It does
 * what the messages say and answers each. Node tells no descriptors: they are the sockets that were not there before.
 */
export const CHILD_PROGRAM = `
const net = require("node:net"), dgram = require("node:dgram"), fs = require("node:fs");
const { spawn } = require("node:child_process"), { once } = require("node:events");
const open = [];
function socketDescriptors() {
  return fs.readdirSync("/proc/self/fd").map(Number).filter((fd) => {
    try { return fs.readlinkSync("/proc/self/fd/" + fd).startsWith("socket:"); } catch { return false; }
  });
}
async function opened(handle, event, start) {
  const before = new Set(socketDescriptors());
  handle.on("error", () => {});
  start();
  await once(handle, event);
  open.push(handle);
  return { fd: Math.min(...socketDescriptors().filter((fd) => !before.has(fd))) };
}
const actions = {
  async listen({ host, port }) {
    const server = net.createServer((socket) => { socket.on("error", () => {}); socket.resume(); open.push(socket); });
    const { fd } = await opened(server, "listening", () => server.listen({ host, port, exclusive: true }));
    return { fd, port: server.address().port };
  },
  async connect({ host, port }) {
    const socket = new net.Socket();
    const { fd } = await opened(socket, "connect", () => socket.connect({ host, port }));
    return { fd, port: socket.localPort };
  },
  async udp({ host, peerPort }) {
    const socket = dgram.createSocket(host.includes(":") ? "udp6" : "udp4");
    const { fd } = await opened(socket, "listening", () => socket.bind(0, host));
    if (peerPort) { socket.connect(peerPort, host); await once(socket, "connect"); socket.send("x"); }
    return { fd, port: socket.address().port };
  },
  async send({ bytes }) {
    const socket = open.at(-1);
    await new Promise((resolve, reject) => {
      socket.write(Buffer.alloc(bytes), (error) => (error ? reject(error) : resolve()));
    });
    return {};
  },
  async share() {
    const stdio = ["pipe", "pipe", "inherit", open.at(-1)];
    const child = spawn(process.execPath, ["-e", "process.stdin.resume(); process.stdout.write('ready')"], { stdio });
    await once(child.stdout, "data");
    return { pid: child.pid };
  },
  async close() {
    for (const handle of open.splice(0)) handle.destroy ? handle.destroy() : handle.close();
    return {};
  },
};
process.on("message", async ({ id, action, options }) => {
  try { process.send({ id, result: await actions[action](options) }); }
  catch (error) { process.send({ id, error: String(error) }); }
});
process.on("disconnect", () => process.exit());
process.send({ id: 0, result: {} });
`;
