/** One process of a tree to draw. */
export interface TreeNode<T> {
  readonly value: T;
  readonly children: readonly TreeNode<T>[];
}

/**
 * Makes trees of flat values. A value whose parent is not among them is a root. Values that are each other's
 * ancestors (a pid that was used again while reading) do not appear twice.
 */
export function growTrees<T>(
  values: readonly T[],
  idOf: (value: T) => number,
  parentOf: (value: T) => number,
): readonly TreeNode<T>[] {
  const ids = new Set(values.map(idOf));
  const childrenOf = new Map<number, T[]>();
  const roots: T[] = [];
  for (const value of values) {
    const parent = parentOf(value);
    if (!ids.has(parent) || parent === idOf(value)) {
      roots.push(value);
      continue;
    }
    const siblings = childrenOf.get(parent);
    if (siblings === undefined) childrenOf.set(parent, [value]);
    else siblings.push(value);
  }
  return roots.map((root) => grow(root, idOf, childrenOf));
}

/** Grows one tree without recursion: chains of processes may be deeper than the stack. */
function grow<T>(root: T, idOf: (value: T) => number, childrenOf: ReadonlyMap<number, readonly T[]>): TreeNode<T> {
  const top = { value: root, children: [] as TreeNode<T>[] };
  const open = [top];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const value of childrenOf.get(idOf(node.value)) ?? []) {
      const child = { value, children: [] as TreeNode<T>[] };
      node.children.push(child);
      open.push(child);
    }
  }
  return top;
}

/** Deeper processes are not indented any further: the lines of a long chain would grow with its square. */
const LEAD_LIMIT = 240;

/**
 * Draws a tree, one line for each process, and below it those that `notesOf` gives. Lines carry no newline.
 */
export function drawTree<T>(
  root: TreeNode<T>,
  labelOf: (value: T) => string,
  notesOf: (value: T) => readonly string[],
): readonly string[] {
  const lines: string[] = [];
  interface Step {
    readonly node: TreeNode<T>;
    readonly lead: string;
    readonly branch: string;
    readonly below: string;
  }
  const open: Step[] = [{ node: root, lead: "", branch: "", below: "" }];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const { node, lead, branch, below } = step;
    const inner = lead.length < LEAD_LIMIT ? lead + below : lead;
    lines.push(lead + branch + labelOf(node.value));
    const stem = node.children.length > 0 ? "│ " : "  ";
    for (const note of notesOf(node.value)) lines.push(`${inner}${stem} ${note}`);
    for (let index = node.children.length - 1; index >= 0; index--) {
      const last = index === node.children.length - 1;
      const child = node.children[index] as TreeNode<T>;
      open.push({ node: child, lead: inner, branch: last ? "└─ " : "├─ ", below: last ? "   " : "│  " });
    }
  }
  return lines;
}
