/** A mounted procfs. Every reader takes it, so that tests and containers can point elsewhere. */
export interface Procfs {
  /** Without a slash at the end. @default "/proc" */
  readonly root: string;
}

/** The procfs of this machine. */
export const DEFAULT_PROCFS: Procfs = { root: "/proc" };
