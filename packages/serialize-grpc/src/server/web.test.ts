import { expect, test } from "vitest";
import { startServer } from "./start-server.test-kit.ts";

test("what is asked for is served to browsers, too, and ends with the server", async () => {
  const { server } = await startServer({ web: { listen: "tcp://127.0.0.1:0" }, insecure: true });
  const address = server.webAddress ?? "";
  const ask = async (): Promise<unknown> => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${address}/procmon.v1.Procmon/Stats`, { method: "POST", headers, body: "{}" });
    return response.json();
  };
  expect(await ask()).toMatchObject({ method: "synthetic" });
  await server.stop();
  await expect(ask()).rejects.toThrow();
});

test("nothing is served to browsers unasked", async () => {
  const { server } = await startServer();
  expect(server.webAddress).toBeUndefined();
});
