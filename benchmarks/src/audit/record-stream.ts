/** A record of a stream: its type's number and name, and its bytes as the kernel sends them. */
export interface StreamRecord {
  readonly type: number;
  readonly name: string;
  readonly payload: Buffer;
}

/** Events in a millisecond, as at the highest rate that is promised. */
const EVENTS_PER_MS = 60;

/** Events of so many processes in turn, as kernel 6.18 writes them: of four, one is an exec, three are connects. */
export function makeRecords(events: number, processes: number): readonly StreamRecord[] {
  const records: StreamRecord[] = [];
  for (let index = 0; index < events; index++) {
    const pid = 1000 + (index % processes);
    const ms = (index / EVENTS_PER_MS) % 1000;
    const seconds = 1_795_577_966 + Math.floor(index / EVENTS_PER_MS / 1000);
    const stamp = `audit(${seconds}.${String(Math.floor(ms)).padStart(3, "0")}:${index + 1}): `;
    for (const [type, name, body] of index % 4 === 0 ? exec(pid) : connect(pid)) {
      records.push({ type, name, payload: Buffer.from(stamp + body) });
    }
  }
  return records;
}

type Part = readonly [type: number, name: string, body: string];

function exec(pid: number): readonly Part[] {
  const path =
    "mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0";
  return [
    [1300, "SYSCALL", syscall(59, pid, 2)],
    [1309, "EXECVE", 'argc=3 a0="bash" a1="-c" a2=6563686F2068656C6C6F'],
    [1307, "CWD", 'cwd="/srv"'],
    [1302, "PATH", `item=0 name="/usr/bin/bash" inode=1573 dev=fe:01 ${path}`],
    [1302, "PATH", `item=1 name="/lib64/ld-linux-x86-64.so.2" inode=5921 dev=fe:01 ${path}`],
    ...ending(),
  ];
}

function connect(pid: number): readonly Part[] {
  return [
    [1300, "SYSCALL", syscall(42, pid, 0)],
    [1306, "SOCKADDR", "saddr=020001BBC0A800010000000000000000"],
    ...ending(),
  ];
}

function ending(): readonly Part[] {
  return [
    [1327, "PROCTITLE", "proctitle=6E6F6465007365727665722E6A73"],
    [1320, "EOE", ""],
  ];
}

function syscall(number: number, pid: number, items: number): string {
  return `arch=c000003e syscall=${number} success=yes exit=0 a0=15 a1=7ffc05b65e58 a2=c a3=7ffc05b65e60 items=${items} ppid=900 pid=${pid} auid=4294967295 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=4294967295 comm="MainThread" exe="/usr/bin/node" key="procmon-812-56121"`;
}
