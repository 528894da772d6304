import { formatJson } from "./json.ts";

interface Nested {
  readonly children: readonly Nested[];
}

/** One node without its children, and without the brace at the end. */
function openNode(node: Nested): string {
  const { children: _children, ...own } = node;
  const text = formatJson(own).slice(0, -2);
  return `${text}${text === "{" ? "" : ","}"children":[`;
}

/**
 * The JSON of nested processes, without recursion: `JSON.stringify` throws on chains of some thousand processes, and
 * anybody can make such a chain.
 */
export function formatNestedJson(roots: readonly Nested[]): string {
  const parts: string[] = ["["];
  const open: (Nested | string)[] = [];
  const push = (nodes: readonly Nested[]): void => {
    for (let index = nodes.length - 1; index >= 0; index--) {
      open.push(nodes[index] as Nested);
      if (index > 0) open.push(",");
    }
  };
  push(roots);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === "string") {
      parts.push(next);
      continue;
    }
    parts.push(openNode(next));
    open.push("]}");
    push(next.children);
  }
  parts.push("]");
  return parts.join("");
}
