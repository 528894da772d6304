import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import type { CommandContext } from "../command-context.ts";
import { createProgram } from "../program.ts";
import { bashScript } from "./bash-script.ts";
import { commandWords } from "./command-words.ts";
import { fishScript } from "./fish-script.ts";
import { zshScript } from "./zsh-script.ts";

const program = createProgram(() => ({}) as CommandContext);
const commands = commandWords(program);

function completeInBash(...words: string[]): string[] {
  const list = words.map((word) => `'${word}'`).join(" ");
  const script = `${bashScript(commands)}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _procmon; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["--norc", "-euc", script], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line !== "");
}

it("lists every command and nothing that is not there", () => {
  const names = ["watch", "ls", "who", "inspect", "tree", "top", "serve", "doctor", "completion", "help"];
  expect(commands.map((command) => command.name)).toEqual(names);
});

it("completes commands, flags and choices in bash", () => {
  expect(completeInBash("procmon", "w")).toEqual(["watch", "who"]);
  expect(completeInBash("procmon", "watch", "--du")).toEqual(["--duration"]);
  expect(completeInBash("procmon", "ls", "--no")).toEqual(["--no-header"]);
  expect(completeInBash("procmon", "completion", "f")).toEqual(["fish"]);
  expect(completeInBash("procmon", "top", "--int")).toEqual(["--interval"]);
  expect(completeInBash("procmon", "help", "doc")).toEqual(["doctor"]);
  expect(completeInBash("procmon", "inspect", "--no")).toEqual(["--no-hash"]);
});

it("completes values in bash, also the last of several", () => {
  expect(completeInBash("procmon", "watch", "--hash", "sha")).toEqual(["sha1", "sha256", "sha512"]);
  expect(completeInBash("procmon", "inspect", "--hash", "md5,b")).toEqual(["md5,blake3"]);
  expect(completeInBash("procmon", "inspect", "--hash", "md5,sha1,")).toHaveLength(6);
  expect(completeInBash("procmon", "top", "--sort", "s")).toEqual(["sent"]);
});

it("offers the same flags in zsh and fish", () => {
  const zsh = zshScript(commands);
  const fish = fishScript(commands);
  for (const { name, options } of commands) {
    for (const { long } of options) {
      expect(zsh).toContain(`${long}[`);
      if (long === "--hash") {
        expect(zsh).toContain(":value:{_values -s , value md5 sha1 sha256 sha512 blake3 fsverity}");
        expect(fish).toContain("-l hash -r -a '(__fish_append , md5 sha1 sha256 sha512 blake3 fsverity)'");
      }
      expect(fish).toMatch(new RegExp(`__fish_seen_subcommand_from ${name}' .*-l ${long?.slice(2)} `));
    }
  }
});
