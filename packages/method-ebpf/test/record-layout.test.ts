import { openBpfObject } from "@procmon/native";
import { requirement } from "@procmon-internal/fixtures";
import { describe, expect, it } from "vitest";
import { FLOW_KEY, FLOW_VALUE } from "../src/events/flow-payload.ts";
import { OWNER_COUNTS } from "../src/kernel/eviction-watch.ts";
import { readProgramsFile } from "../src/kernel/programs-file.ts";
import { OWNER_KEY, OWNER_VALUE } from "../src/lookup/owner-entry.ts";
import { EXEC } from "../src/records/exec-layout.ts";
import { EXIT, EXIT_BYTES } from "../src/records/exit-record.ts";
import { FORK, FORK_BYTES } from "../src/records/fork-record.ts";
import { HOLDER_RECORD } from "../src/records/holder-record.ts";
import { HEAD, HEAD_BYTES } from "../src/records/record-head.ts";
import * as ends from "../src/records/socket-ends.ts";
import { SOCKET_RECORD } from "../src/records/socket-record.ts";

/** What the decoders know of each structure, by the names that the C sources give its fields. */
const STRUCTURES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  record_head: { ...HEAD, bytes: HEAD_BYTES },
  exec_record: { ...EXEC },
  fork_record: { ...FORK, bytes: FORK_BYTES },
  exit_record: { ...EXIT, bytes: EXIT_BYTES },
  socket_record: SOCKET_RECORD,
  holder_record: HOLDER_RECORD,
  owner_counts: OWNER_COUNTS,
  owner_key: OWNER_KEY,
  owner_value: OWNER_VALUE,
  flow_key: FLOW_KEY,
  flow_value: FLOW_VALUE,
  socket_ends: {
    netns: ends.ENDS_NETNS,
    protocol: ends.ENDS_PROTOCOL,
    family: ends.ENDS_FAMILY,
    source_port: ends.ENDS_SOURCE_PORT,
    target_port: ends.ENDS_TARGET_PORT,
    type: ends.ENDS_TYPE,
    source: ends.ENDS_SOURCE,
    target: ends.ENDS_TARGET,
    bytes: ends.ENDS_BYTES,
  },
};

const missing = requirement("ebpf");

describe("the decoders and the compiled programs", () => {
  for (const [name, { bytes, ...offsets }] of Object.entries(STRUCTURES)) {
    it(`agree on struct ${name}`, ({ skip }) => {
      skip(missing !== undefined, missing);
      using object = openBpfObject(readProgramsFile() ?? new Uint8Array());
      const layout = object.structLayout(name);
      const found = Object.fromEntries(Object.keys(offsets).map((field) => [field, layout?.fields[field]?.offset]));
      expect(found).toEqual(offsets);
      if (bytes !== undefined) expect(layout?.size).toBe(bytes);
    });
  }
});
