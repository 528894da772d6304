import type { Ownership, SocketEntry } from "@procmon/core";
import { expect, it } from "vitest";
import { describeHidden, describeHiddenOwner } from "./visibility.ts";

const FULL = { pidsReadable: 5, pidsTotal: 5, hiddenBy: [] };

function unix(ownership: Ownership): SocketEntry {
  return { family: "unix", type: "stream", state: "listen", inode: 1, ownership };
}
const hidden = unix({ kind: "hidden", requires: "CAP_SYS_PTRACE" });
const unheld = unix({ kind: "none", reason: "unheld" });

it("says nothing where nothing is hidden", () => {
  expect(describeHidden(FULL, [unheld], 1000)).toBeUndefined();
});

it("says how much is hidden, by what, and what would help", () => {
  const visibility = { pidsReadable: 2, pidsTotal: 5, hiddenBy: ["hidepid=2 on /proc"] };
  expect(describeHidden(visibility, [hidden, unheld], 1000)).toBe(
    "The owners of 1 of 2 sockets are hidden: hidepid=2 on /proc. Run as root to see more.",
  );
  expect(describeHidden(visibility, [unheld], 1000)).toBe(
    "Not all can be seen: hidepid=2 on /proc. Run as root to see more.",
  );
});

it("does not keep quiet where a method gives no cause", () => {
  expect(describeHidden({ ...FULL, pidsReadable: 2 }, [])).toContain("3 of 5 processes may not be looked at");
  expect(describeHidden(FULL, [hidden], 0)).toBe("The owners of 1 of 1 sockets are hidden.");
});

it("says what it takes to see an owner", () => {
  expect(describeHiddenOwner([unheld.ownership, hidden.ownership, hidden.ownership])).toBe(
    "The owner may not be looked at, which takes CAP_SYS_PTRACE.",
  );
});
