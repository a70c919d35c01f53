/** A server with a handler, builds, a deployment and a host, fuzzed with the token of one role. */
import { builtHandler, startServer } from "./harness.ts";
import { fuzz, type Fuzzing } from "./schemathesis.ts";

type Options = Omit<Fuzzing, "url" | "token"> & { databaseUrl?: string };

export async function fuzzAs(role: "viewer" | "deployer" | "admin", { databaseUrl, ...options }: Options) {
  const server = await startServer({ config: { databaseUrl } });
  try {
    const admin = await server.person("admin");
    await server.agent();
    const { builds } = await builtHandler(admin.api, "there");
    await admin.api.deployments.create.mutate({ buildId: builds[0]?.id ?? "" });
    const person = await server.person(role);
    const { token } = await person.api.settings.createApiToken.mutate({ name: "fuzz", role });
    return await fuzz({ url: server.url, token, ...options });
  } finally {
    await server.stop();
  }
}
