import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fixturePath } from "@procmon-internal/fixtures";
import { expect } from "vitest";

/** Ids of what a process, or the whole machine, has in the kernel; the kernel uses none twice. */
export interface BpfObjects {
  readonly programs: readonly number[];
  readonly links: readonly number[];
  readonly maps: readonly number[];
}

interface Listing {
  readonly programs: readonly { readonly id: number; readonly name: string }[];
  readonly links: readonly { readonly id: number; readonly program: number }[];
  readonly maps: readonly { readonly id: number; readonly name: string }[];
}

/** All that the kernel holds. */
export function listBpf(): Listing {
  return JSON.parse(execFileSync(fixturePath("list-bpf"), { encoding: "utf8", maxBuffer: 1 << 26 })) as Listing;
}

/** What a process holds by its descriptors (proc_pid_fdinfo(5)). */
export function heldBpf(pid: number): BpfObjects {
  const texts = readdirSync(`/proc/${pid}/fdinfo`).map((fd) => infoOf(pid, fd));
  const idsOf = (name: string) =>
    texts.flatMap((text) => {
      // A link tells of its program, too, and a program is not the link.
      const id = new RegExp(`^${name}_id:\\s+(\\d+)$`, "m").exec(text)?.[1];
      return id === undefined || (name === "prog" && /^link_id:/m.test(text)) ? [] : [Number(id)];
    });
  return { programs: idsOf("prog"), links: idsOf("link"), maps: idsOf("map") };
}

/** Waits until the kernel has none of these any more: it takes them away a moment after the last descriptor was closed. */
export async function expectGone(objects: BpfObjects): Promise<void> {
  await expect.poll(() => stillThere(objects), { timeout: 20_000 }).toEqual({ programs: [], links: [], maps: [] });
}

/** Those of them that the kernel still has. */
export function stillThere(objects: BpfObjects): BpfObjects {
  const all = listBpf();
  const among = (ids: readonly number[], living: readonly { readonly id: number }[]) =>
    ids.filter((id) => living.some((each) => each.id === id));
  return {
    programs: among(objects.programs, all.programs),
    links: among(objects.links, all.links),
    maps: among(objects.maps, all.maps),
  };
}

function infoOf(pid: number, fd: string): string {
  try {
    return readFileSync(`/proc/${pid}/fdinfo/${fd}`, "latin1");
  } catch {
    return "";
  }
}
