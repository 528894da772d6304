import { expect, it } from "vitest";
import { NativeError } from "../native-error.ts";
import { bpfError, callBpf, describeFailure } from "./bpf-error.ts";

const REFUSAL = `libbpf: prog 'on_exec': BPF program load failed: Permission denied
libbpf: prog 'on_exec': -- BEGIN PROG LOAD LOG --
0: R1=ctx(off=0,imm=0)
invalid access
-- END PROG LOAD LOG --
libbpf: prog 'on_exec': failed to load: -13
libbpf: failed to load object 'procmon'
`;

it("names the program that was refused, with the verifier's words", () => {
  expect(describeFailure(13, "load", REFUSAL)).toMatchObject({
    code: "EACCES",
    message: "bpf load of on_exec failed: permission denied (EACCES).",
    program: "on_exec",
    log: "0: R1=ctx(off=0,imm=0)\ninvalid access",
  });
});

it("keeps the end of a long log, also where its begin is missing", () => {
  const long = REFUSAL.replace("invalid access", `${"x".repeat(5000)}\nthe end`);
  for (const said of [long, long.slice(300)]) {
    const { log, program } = describeFailure(22, "load", said);
    expect(program).toBe("on_exec");
    expect(log).toMatch(/^x+\nthe end$/);
    expect(log?.length).toBeLessThanOrEqual(2048);
  }
});

it("gives libbpf's first line as the reason, but not for missing privileges", () => {
  const said = "libbpf: Error in bpf_object__probe_loading(): Operation not permitted(1). Try raising 'ulimit -l'.\n";
  expect(describeFailure(1, "load", said).message).toBe("bpf load failed: operation not permitted (EPERM).");
  expect(describeFailure(22, "open", "libbpf: elf: no sections\nlibbpf: more\n").message).toBe(
    "bpf open failed: invalid argument (EINVAL). elf: no sections",
  );
  const again = "libbpf: Error in bpf_create_map_xattr(odd):Invalid argument(-22). Retrying without BTF.\n";
  expect(describeFailure(22, "load", `${again}libbpf: map 'odd': failed to create\n`).message).toBe(
    "bpf load failed: invalid argument (EINVAL). map 'odd': failed to create",
  );
});

it("says what it was about", () => {
  expect(describeFailure(2, "map", "", "owners")).toMatchObject({
    message: "bpf map of owners failed: no such file or directory (ENOENT).",
    program: "owners",
  });
  expect(describeFailure(9, "bpf", "").message).toBe("The BPF object is closed.");
  expect(describeFailure(9, "attach", "", "on_socket").message).toBe(
    "bpf attach of on_socket failed: bad file descriptor (EBADF).",
  );
});

it("leaves other errors alone", () => {
  const other = new TypeError("x");
  expect(bpfError(other)).toBe(other);
  expect(() =>
    callBpf(() => {
      throw other;
    }),
  ).toThrow(other);
  const ours = bpfError(Object.assign(new Error("load"), { code: "1", said: "" }));
  expect(NativeError.isInstance(ours)).toBe(true);
});
