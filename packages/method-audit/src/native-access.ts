/** What `@procmon/native` exports. */
export type NativeAccess = typeof import("@procmon/native");

/** The native half, and where there is none, why. */
export type NativeFound =
  | { readonly native: NativeAccess }
  | { readonly native?: undefined; readonly reason: string; readonly remedy: string };

/**
 * Looks for the native half, which is an optional dependency: without it records come from auditd's plugin only, and no rule of our own can be made.
 * Never throws.
 */
export async function findNative(): Promise<NativeFound> {
  let native: NativeAccess;
  try {
    native = await import("@procmon/native");
  } catch {
    return { reason: "@procmon/native is not installed.", remedy: "npm install @procmon/native" };
  }
  const support = native.nativeSupport();
  return support.available ? { native } : support;
}
