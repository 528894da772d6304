/** Paths that are remembered: most processes run one of few executables, in one of few directories. */
const CAPACITY = 4096;

/** Makes paths of what the kernel's programs give: the names of the steps, the last one first, each ended by a zero byte. */
export type StepPaths = (steps: string) => string;

/** Makes a reader that remembers what it has read. */
export function createStepPaths(): StepPaths {
  const known = new Map<string, string>();
  return (steps) => {
    const found = known.get(steps);
    if (found !== undefined) return found;
    const path = joinSteps(steps);
    if (known.size >= CAPACITY) known.clear();
    known.set(steps, path);
    return path;
  };
}

function joinSteps(steps: string): string {
  const names = steps.split("\0");
  // The last step is ended like the others.
  if (names.at(-1) === "") names.pop();
  return `/${names.reverse().join("/")}`;
}
