import { router } from "../../../server/trpc.ts";
import { createApiToken, listApiTokens, revokeApiToken } from "./api-tokens.ts";
import { auditLog } from "./audit-log.ts";
import { createEnrolmentToken, listEnrolmentTokens, revokeEnrolmentToken } from "./enrolment-tokens.ts";
import { createProject, renameProject } from "./projects.ts";
import { addPerson, listPeople, removePerson, setPersonRole } from "./people.ts";

export const settingsRouter = router({
  auditLog,
  addPerson,
  createApiToken,
  createEnrolmentToken,
  createProject,
  listApiTokens,
  listEnrolmentTokens,
  listPeople,
  removePerson,
  renameProject,
  revokeApiToken,
  revokeEnrolmentToken,
  setPersonRole,
});
