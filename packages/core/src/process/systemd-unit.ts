/** A unit's name, which may be up to 255 bytes (systemd.unit(5)); slices hold units and are passed over. */
const UNIT = /^[A-Za-z0-9:_.\\@-]{1,248}\.(service|scope|socket|mount|swap)$/;
const USER_MANAGER = /^user@\d{1,10}\.service$/;

/**
 * The systemd unit that a cgroup path belongs to: the outermost, so that what a service delegates belongs to
 * the service, but below a user's own manager (`user@1000.service`) the user's unit. Undefined outside of units.
 * Escapes such as `\x2d` are part of a unit's name and stay.
 */
export function findSystemdUnit(cgroup: string): string | undefined {
  const parts = cgroup.split("/").map(unescapeCgroup);
  const manager = parts.findIndex((part) => USER_MANAGER.test(part));
  const outer = parts.find((part) => UNIT.test(part));
  if (manager < 0 || outer !== parts[manager]) return outer;
  const inner = parts.slice(manager + 1).find((part) => UNIT.test(part));
  // `init.scope` is the manager itself.
  return inner === undefined || inner === "init.scope" ? outer : inner;
}

/** systemd puts `_` before names that the kernel would take for files of its own (cg_escape() of cgroup-util.c). */
function unescapeCgroup(part: string): string {
  return part.startsWith("_") ? part.slice(1) : part;
}
