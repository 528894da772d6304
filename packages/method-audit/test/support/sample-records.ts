const SUBJECT =
  'ppid=12200 pid=12209 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=(none) ses=4294967295 comm="MainThread" exe=2F746D702F6120622F6E6F6465 key=70726F636D6F6E0174';

/** Records of all kinds, as kernels from 2.6.32 to 6.18 and auditd write them: the type's name and number, and what follows the stamp. */
export const SAMPLE_RECORDS: readonly (readonly [name: string, type: number, body: string])[] = [
  [
    "SYSCALL",
    1300,
    `arch=c000003e syscall=42 success=no exit=-115 a0=15 a1=7ffc05b65e58 a2=10 a3=0 items=0 ${SUBJECT}`,
  ],
  ["SYSCALL", 1300, `arch=c000003e syscall=59 success=yes exit=0 a0=7ffc a1=7ffd a2=7ffe a3=8 items=2 ${SUBJECT}`],
  [
    "SYSCALL",
    1300,
    `arch=40000003 syscall=102 per=400000 success=yes exit=3 a0=3 a1=bfa6 a2=b7 a3=0 items=0 ${SUBJECT}`,
  ],
  ["SYSCALL", 1300, `arch=c00000b7 syscall=220 success=yes exit=4242 a0=1200011 a1=0 a2=0 a3=0 items=0 ${SUBJECT}`],
  [
    "SYSCALL",
    1300,
    'arch=c000003e syscall=2 success=no exit=-13 a0=7fffe30fd840 a1=0 a2=7fffe30fe5f5 a3=31ed items=1 ppid=4358 pid=4372 auid=500 uid=500 gid=500 euid=500 suid=500 fsuid=500 egid=500 sgid=500 fsgid=500 tty=pts2 ses=3 comm="cat" exe="/bin/cat" subj=user_u:system_r:unconfined_t:s0 key=(null)',
  ],
  ["SOCKETCALL", 1304, "nargs=3 a0=5 a1=bfa6 a2=10"],
  ["SOCKADDR", 1306, "saddr=020007E87F0000010000000000000000\x1dSADDR={ saddr_fam=inet laddr=127.0.0.1 lport=2024 }"],
  ["SOCKADDR", 1306, "saddr=0A0001BB0000000020010DB800000000000000000000000100000000"],
  ["SOCKADDR", 1306, "saddr=01002F72756E2F6120622E736F636B00"],
  ["SOCKADDR", 1306, "saddr=100000000100000003000000"],
  ["EXECVE", 1309, 'argc=3 a0="bash" a1="-c" a2=6563686F2068656C6C6F'],
  ["EXECVE", 1309, "argc=2 a0=61 a1_len=15000 a1[0]=6161616161"],
  ["EXECVE", 1309, "a1[1]=62626262 a2=(null)"],
  ["CWD", 1307, 'cwd="/srv"'],
  [
    "PATH",
    1302,
    'item=0 name="/usr/bin/bash" inode=1573 dev=fe:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL',
  ],
  ["PATH", 1302, "item=1 name=(null) nametype=UNKNOWN cap_fp=0"],
  ["BPRM_FCAPS", 1321, "fver=0 fp=0 fi=0 fe=0 old_pp=0 old_pi=0 old_pe=0 old_pa=0"],
  ["PROCTITLE", 1327, "proctitle=6E6F6465007365727665722E6A73"],
  ["EOE", 1320, ""],
  [
    "USER_CMD",
    1123,
    "pid=5 uid=1000 auid=1000 ses=3 msg='cwd=\"/home/o'neill\" cmd=6C73202D6C terminal=pts/0 res=success'",
  ],
  [
    "USER_ACCT",
    1101,
    'user pid=1 uid=0 auid=0 msg=\'PAM: accounting acct="b\xc3\xb6b" : exe="/usr/sbin/crond" (hostname=?, res=success)\'',
  ],
  [
    "AVC",
    1400,
    'avc:  denied  { read } for  pid=4372 comm="cat" name="shadow" dev="sda1" ino=9 tclass=file permissive=0',
  ],
  ["UNKNOWN[1499]", 1499, "x=1"],
  [
    "DAEMON_START",
    1200,
    "op=start ver=3.0.9 format=enriched kernel=6.18.0 auid=4294967295 pid=900 uid=0 ses=1 res=success",
  ],
];
