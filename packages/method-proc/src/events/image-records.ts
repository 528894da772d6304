import { type Ancestor, buildTree, type MethodHost, type Process } from "@procmon/core";
import type { ScannedProcessEvent } from "../scan/scan-messages.ts";

/**
 * Adds the ancestry to what the scanner saw of a process that began, or runs another executable. Nothing else: whatever core knows of it, or
 * could read of it now, may be of the image before or after.
 */
export interface ImageRecords {
  /** @param mayRead whether there is time to read a process */
  complete(event: ScannedProcessEvent, mayRead: boolean): Process;
}

/** Makes the records of a host. */
export function createImageRecords({ processes, finder, procfs }: MethodHost): ImageRecords {
  /** With the ancestry of parents that have ended, too: core's store has it from when they began. */
  function treeOf(event: ScannedProcessEvent, mayRead: boolean): readonly Ancestor[] | undefined {
    const { process, type, parentStart } = event;
    const { pid, startTime, ppid, comm, path } = process;
    const self: Ancestor = {
      pid,
      startTime,
      ...(comm === "" ? {} : { comm }),
      ...(path === undefined ? {} : { path }),
    };
    const before = type === "exec" ? processes.get(process)?.tree : undefined;
    if (before !== undefined && before.length > 1) return [self, ...before.slice(1)];
    const parent = parentStart === undefined ? undefined : processes.get({ pid: ppid, startTime: parentStart });
    if (parent?.tree !== undefined) return [self, ...parent.tree];
    if (process.tree !== undefined) return process.tree;
    // Also in a hurry: it is in the store then, for all its children.
    const found = ppid === 0 ? undefined : finder.find(ppid);
    const isParent = found !== undefined && found.startTime === (parentStart ?? found.startTime);
    if (isParent && found.startTime <= startTime && found.tree !== undefined) return [self, ...found.tree];
    return mayRead ? buildTree(procfs, process, processes) : undefined;
  }

  return {
    complete(event, mayRead) {
      const tree = treeOf(event, mayRead);
      return tree === undefined ? event.process : { ...event.process, tree };
    },
  };
}
