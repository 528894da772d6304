export { linkToOpenSnitch, type OpenSnitchLink } from "./link.ts";
export type { LinkOptions, LinkState } from "./options.ts";
export type { LinkTls } from "./tls-options.ts";
