/** setpriv(1): somebody who is not root, with these capabilities (capabilities(7)) and no others. To be put before a command. */
export function nobodyWith(...capabilities: readonly string[]): readonly string[] {
  const user = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
  const given = ["-all", ...capabilities.map((name) => `+${name}`)].join();
  return ["setpriv", ...user, `--inh-caps=${given}`, `--ambient-caps=${given}`];
}
