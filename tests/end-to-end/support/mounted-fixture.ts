import { type Fixture, type FixtureName, fixturePath, spawnFixture } from "@procmon-internal/fixtures";

/**
 * Runs a fixture in a mount namespace of its own, from which nothing gets out.
 *
 * @param mounts commands of sh(1), such as mount(8), that run there first.
 */
export function spawnMounted<Ready extends { readonly pid: number }>(
  mounts: string,
  name: FixtureName,
  args: readonly (string | number)[],
  path: string = fixturePath(name),
): Promise<Fixture<Ready>> {
  const shell = ["sh", "-ec", `${mounts}\nexec "$@"`, "sh", path, ...args.map(String)];
  return spawnFixture<Ready>(name, ["--mount", "--propagation=private", ...shell], {
    path: "unshare",
    timeoutMs: 55_000,
  });
}
