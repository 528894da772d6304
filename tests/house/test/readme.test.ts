import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { node, root, run } from "./workspace.ts";

const scratch = mkdtempSync(join(import.meta.dirname, ".readme-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const pages = ["README.md", "CONTRIBUTING.md"]
  .concat(readdirSync(join(root, "docs")).map((file) => `docs/${file}`))
  .concat(
    ["packages", "examples"].flatMap((folder) =>
      readdirSync(join(root, folder)).map((name) => `${folder}/${name}/README.md`),
    ),
  );

/** The pieces of code of a page that are whole: what imports a file of the reader's cannot run here. */
function snippets(page: string): { at: string; code: string }[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(?:js|ts)\n(.*?)^```/gms)]
    .map((match) => ({ at: `${page}:${text.slice(0, match.index).split("\n").length}`, code: match[1] ?? "" }))
    .filter(({ code }) => !/from "\.{1,2}\//.test(code));
}

describe("the code in the documentation runs", () => {
  it.each(pages.flatMap(snippets))("$at", async ({ at, code }) => {
    const file = join(scratch, `${at.replace(/\W+/g, "-")}.ts`);
    writeFileSync(file, code);
    const result = await run(node(24), [file], { cwd: scratch, timeout: 15_000 });
    expect(result.stderr).toBe("");
    expect(result.code).toBe(0);
  });

  it("is there to be run", () => {
    expect(pages.flatMap(snippets).length).toBeGreaterThan(5);
  });
});

describe("links within the documentation lead somewhere", () => {
  it.each(pages)("%s", (page) => {
    const text = readFileSync(join(root, page), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) =>
      join(root, dirname(page), match[1] ?? ""),
    );
    const missing = links.filter((link) => !pages.includes(relative(root, link)) && !readable(link));
    expect(missing).toEqual([]);
  });
});

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
