import { describe, expect, it } from "vitest";
import { findInterpreter, scriptArgument } from "./interpreter.ts";

function scriptOf(line: string): string | undefined {
  const args = line.split(" ");
  const interpreter = findInterpreter(args[0] ?? "");
  return interpreter === undefined ? "no interpreter" : scriptArgument(interpreter, args);
}

describe("scriptArgument", () => {
  it.each([
    ["sh x.sh a", "x.sh"],
    ["bash -eu x.sh -c y", "x.sh"],
    ["bash -eo pipefail x.sh", "x.sh"],
    ["bash +x --rcfile rc x.sh", "x.sh"],
    ["bash -- -odd", "-odd"],
    ["zsh-5.9 x", "x"],
    ["python3.11 -u x.py", "x.py"],
    ["python3 -W ignore -Xdev x.py -m y", "x.py"],
    ["perl5.36.0 -w -Ilib -I lib x.pl", "x.pl"],
    ["perl -Mstrict x.pl", "x.pl"],
    ["ruby -r json x.rb", "x.rb"],
    ["node --enable-source-maps x.js", "x.js"],
    ["node --require a.js --import=b.js x.js", "x.js"],
    ["nodejs -r a x.js", "x.js"],
    ["php8.2 -d a=b x.php", "x.php"],
    ["php -f x.php", "x.php"],
    ["php -fx.php", "x.php"],
    ["lua5.4 -e a=1 x.lua", "x.lua"],
    ["deno run --allow-net x.ts", "x.ts"],
    ["awk -F : -f x.awk data", "x.awk"],
    ["tclsh8.6 x.tcl", "x.tcl"],
  ])("of `%s` is %s", (line, script) => {
    expect(scriptOf(line)).toBe(script);
  });

  it.each([
    "sh -c x.sh",
    "bash -ec x.sh y",
    "bash -s x",
    "bash -",
    "bash",
    "python3 -m x y",
    "python3 -uc pass x",
    "python3 -Im venv y",
    "perl -lane print x",
    "perl -e 1 x",
    "ruby -ne p x",
    "node -e 1 x",
    "node -pe 1 x",
    "node --eval=1 x",
    "php -r 1 x",
    "awk {print} data",
    "awk -- {print} data",
    "sh --",
  ])("of `%s` is none", (line) => {
    expect(scriptOf(line)).toBeUndefined();
  });

  it("knows interpreters by name only", () => {
    expect(scriptOf("sleep 1")).toBe("no interpreter");
    expect(scriptOf("pythonista x")).toBe("no interpreter");
  });
});
