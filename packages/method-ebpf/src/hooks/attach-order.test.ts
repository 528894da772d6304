import { expect, it } from "vitest";
import { HOOKS } from "./hooks.ts";

const order = HOOKS.flatMap(({ programs }) => programs);

it.each([
  ["on_exit", ["on_exec", "on_fork"]],
  ["on_exec", ["on_fork"]],
  ["on_tcp_state", ["on_sockops", "on_accept", "on_accept4"]],
  ["on_socket_release", ["on_sendmsg4", "on_sendmsg6", "on_recvmsg4", "on_recvmsg6"]],
])("%s comes before what tells of the beginning", (end, beginnings) => {
  expect(order).toContain(end);
  for (const beginning of beginnings) expect(order.indexOf(beginning)).toBeGreaterThan(order.indexOf(end));
});
