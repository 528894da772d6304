import { expect, test } from "vitest";
import { nextOf } from "../service/watch-messages.test-kit.ts";
import { connectClient, startServer, statusCodeOf } from "./start-server.test-kit.ts";

const CHECK = "/grpc.health.v1.Health/Check";
const WATCH = "/grpc.health.v1.Health/Watch";
const SERVING = Buffer.from([0x08, 1]);
const NOT_SERVING = Buffer.from([0x08, 2]);
const SERVICE_UNKNOWN = Buffer.from([0x08, 3]);

function requestFor(service: string): Buffer {
  const name = Buffer.from(service);
  return Buffer.concat([Buffer.from([0x0a, name.length]), name]);
}

test.each(["", "procmon.v1.Procmon", "grpc.health.v1.Health"])("Check of %j follows the monitor", async (service) => {
  const { address, monitor } = await startServer();
  const client = connectClient(address);
  expect(await client.ask(CHECK, requestFor(service))).toEqual(SERVING);
  await monitor.stop();
  expect(await client.ask(CHECK, requestFor(service))).toEqual(NOT_SERVING);
});

test("Check of a service that there is not finds none, and of garbage is refused", async () => {
  const { address } = await startServer();
  const client = connectClient(address);
  expect(await statusCodeOf(client.ask(CHECK, requestFor("other")))).toBe(5);
  expect(await statusCodeOf(client.ask(CHECK, Buffer.from([0xff])))).toBe(3);
  expect(await statusCodeOf(nextOf(client.open(WATCH, Buffer.from([0xff]))))).toBe(3);
});

test("Watch tells of each change, and ends with the server", async () => {
  const { address, monitor, server } = await startServer();
  const client = connectClient(address);
  const [known, unknown] = [client.open(WATCH), client.open(WATCH, requestFor("other"))];
  expect(await nextOf(known)).toEqual(SERVING);
  expect(await nextOf(unknown)).toEqual(SERVICE_UNKNOWN);
  const gone = client.open(WATCH);
  await nextOf(gone);
  gone.call.cancel();
  await monitor.stop();
  expect(await nextOf(known)).toEqual(NOT_SERVING);
  expect(await nextOf(client.open(WATCH))).toEqual(NOT_SERVING);
  const end = statusCodeOf(nextOf(unknown));
  await server.stop();
  expect(await end).not.toBe(0);
});
