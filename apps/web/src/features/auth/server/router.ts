import { router } from "../../../server/trpc.ts";
import { setup } from "./setup.ts";
import { state } from "./state.ts";

export const authRouter = router({ setup, state });
