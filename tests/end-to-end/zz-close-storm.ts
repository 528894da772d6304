import { createMonitor } from "@procmon/core";
import { ebpfMethod } from "@procmon/method-ebpf";
import { createServer } from "node:net";
import { once } from "node:events";
import { connectStorm } from "./support/connect-storm.ts";
const server = createServer((s) => { s.on("error", () => {}).resume(); }).listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
await once(server, "listening");
const port = (server.address() as any).port;
let all = 0, missing = 0, missed = 0, doubles = 0, acc = 0; 
const monitor = createMonitor({ methods: [ebpfMethod()], strict: true });
await monitor.start();
const events: any[] = [];
const stream = monitor.events({ types: ["connect", "accept", "close", "lost"] });
let closes=0, conns=0; (async () => { for await (const e of stream) { if (e.type==="close") closes++; if (e.type==="connect") conns++; events.push(e);} })();
const until = Date.now() + 40000;
while (Date.now() < until) {
  events.length = 0;
  const storm = await connectStorm(2000, port, ["jobs=8"]);
  await new Promise((r) => setTimeout(r, 600));
  const mine = events.filter((e) => e.connection && (e.connection.dstPort === port || e.connection.srcPort === port));
  const count = (t: string, side: string) => mine.filter((e) => e.type === t && e.connection[side] === port).length;
  { const key=(e:any)=>e.connection.srcIp+":"+e.connection.srcPort+">"+e.connection.dstPort; const n=new Map<string,any>(); for (const e of mine) { const k=key(e); const r=n.get(k)??{}; r[e.type]=(r[e.type]??0)+1; n.set(k,r);} for (const [k,r] of n) { const b=r.connect??r.accept??0; if (b!==r.close) console.log(k===undefined?"":k.endsWith(">"+port)?"client":"server", JSON.stringify(r)); } }
  all += 2000; missing += 4000 - count("close", "dstPort") - count("close", "srcPort"); acc += 2000 - count("accept", "srcPort");
}
console.log("lives", all, "closes missing", missing, "accepts missing", acc, monitor.stats().events.lost, monitor.stats().methodStats.lostRecords);
await new Promise((r) => setTimeout(r, 1000)); console.log({closes,conns}, JSON.stringify(monitor.stats()));
{ const cp=await import("node:child_process"); for (const m of JSON.parse(cp.execSync("bpftool -j map show").toString())) if (m.name==="counts") { for (const r of JSON.parse(cp.execSync("bpftool -j map dump id "+m.id).toString())) { const f=(r.formatted??r).values; console.log(r.formatted?.key??JSON.stringify(r.key), f.map((v:any)=>JSON.stringify(v.value)).join(" ")); } } }
(await import("node:child_process")).execSync("bpftool prog show | grep -A0 recursion | cat || true",{stdio:"inherit"});
await monitor.stop();
server.close();
