/** The one root of the API. */
import { agentRouter } from "../features/agent/server/router.ts";
import { alertsRouter } from "../features/alerts/server/router.ts";
import { authRouter } from "../features/auth/server/router.ts";
import { buildsRouter } from "../features/builds/server/router.ts";
import { coldStartsRouter } from "../features/cold-starts/server/router.ts";
import { compareRouter } from "../features/compare/server/router.ts";
import { deploymentsRouter } from "../features/deployments/server/router.ts";
import { experimentsRouter } from "../features/experiments/server/router.ts";
import { handlersRouter } from "../features/handlers/server/router.ts";
import { hostsRouter } from "../features/hosts/server/router.ts";
import { measurementsRouter } from "../features/measurements/server/router.ts";
import { playgroundRouter } from "../features/playground/server/compile.ts";
import { requestsRouter } from "../features/requests/server/router.ts";
import { settingsRouter } from "../features/settings/server/router.ts";
import { tracesRouter } from "../features/traces/server/router.ts";
import { variablesRouter } from "../features/variables/server/router.ts";
import { changes } from "./changes.ts";
import { router } from "./trpc.ts";

export const appRouter = router({
  agent: agentRouter,
  alerts: alertsRouter,
  auth: authRouter,
  builds: buildsRouter,
  changes,
  coldStarts: coldStartsRouter,
  compare: compareRouter,
  deployments: deploymentsRouter,
  experiments: experimentsRouter,
  handlers: handlersRouter,
  hosts: hostsRouter,
  measurements: measurementsRouter,
  playground: playgroundRouter,
  requests: requestsRouter,
  settings: settingsRouter,
  traces: tracesRouter,
  variables: variablesRouter,
});

/** What clients are typed by. */
export type AppRouter = typeof appRouter;
