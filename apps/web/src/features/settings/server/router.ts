import { router } from "../../../server/trpc.ts";
import { createApiToken, listApiTokens, revokeApiToken } from "./api-tokens.ts";
import { auditLog } from "./audit-log.ts";
import { createEnrolmentToken, listEnrolmentTokens, revokeEnrolmentToken } from "./enrolment-tokens.ts";
import { createInvite, listInvites, revokeInvite } from "./invites.ts";
import { createProject, renameProject } from "./projects.ts";
import { telemetry } from "./telemetry.ts";
import { retention, setRetention } from "./retention.ts";
import { addPerson, listPeople, removePerson, setPersonRole } from "./people.ts";

export const settingsRouter = router({
  auditLog,
  addPerson,
  createApiToken,
  createEnrolmentToken,
  createInvite,
  createProject,
  listApiTokens,
  listEnrolmentTokens,
  listInvites,
  listPeople,
  removePerson,
  renameProject,
  retention,
  revokeApiToken,
  revokeEnrolmentToken,
  revokeInvite,
  setPersonRole,
  setRetention,
  telemetry,
});
