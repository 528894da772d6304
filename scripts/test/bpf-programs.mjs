import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../setup/repository.mjs";

/** How the programs of this repository are called; the kernel has the first 15 bytes. Those of others come and go as they like. */
const OURS = /^(on|list)_|^somebody_elses/;

/** Our BPF programs that the kernel has, by id; none where it may not be asked, or cannot be for want of a C compiler. */
export function bpfPrograms() {
  const ours = list().filter(({ name }) => OURS.test(name));
  return new Map(ours.map(({ id, name }) => [id, name]));
}

/** The ids of those that processes hold by a descriptor, or by a link's. */
export function programsHeldBy(pids) {
  const texts = pids.flatMap((pid) => files(`/proc/${pid}/fdinfo`));
  return new Set(texts.flatMap((text) => /^prog_id:\s+(\d+)$/m.exec(text)?.[1] ?? []).map(Number));
}

function list() {
  const scratch = mkdtempSync(join(tmpdir(), "procmon-bpf-"));
  try {
    const program = join(scratch, "list-bpf");
    const source = join(root, "tests/fixtures/c/list-bpf.c");
    if (spawnSync("cc", ["-o", program, source]).status !== 0) return [];
    const { status, stdout } = spawnSync(program, { encoding: "utf8", maxBuffer: 1 << 26 });
    return status === 0 ? JSON.parse(stdout).programs : [];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function files(folder) {
  try {
    return readdirSync(folder).map((name) => {
      try {
        return readFileSync(join(folder, name), "latin1");
      } catch {
        return "";
      }
    });
  } catch {
    return [];
  }
}
