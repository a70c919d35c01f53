import { router } from "../../../server/trpc.ts";
import { acceptInvite, invite } from "./invite.ts";
import { setup } from "./setup.ts";
import { state } from "./state.ts";

export const authRouter = router({ acceptInvite, invite, setup, state });
