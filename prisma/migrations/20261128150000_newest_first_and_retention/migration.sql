-- Lists are read newest first by id, whose order is that of time: the old indexes made the database sort the whole table.
DROP INDEX "AuditEvent_projectId_at_idx";
CREATE INDEX "AuditEvent_projectId_id_idx" ON "AuditEvent"("projectId", "id");
DROP INDEX "Build_projectId_handlerId_createdAt_idx";
CREATE INDEX "Build_projectId_handlerId_id_idx" ON "Build"("projectId", "handlerId", "id");
DROP INDEX "Build_projectId_createdAt_idx";
CREATE INDEX "Build_projectId_id_idx" ON "Build"("projectId", "id");
DROP INDEX "Deployment_projectId_handlerId_createdAt_idx";
CREATE INDEX "Deployment_projectId_handlerId_id_idx" ON "Deployment"("projectId", "handlerId", "id");
CREATE INDEX "Deployment_projectId_id_idx" ON "Deployment"("projectId", "id");
DROP INDEX "Measurement_projectId_handlerId_createdAt_idx";
CREATE INDEX "Measurement_projectId_handlerId_id_idx" ON "Measurement"("projectId", "handlerId", "id");
CREATE INDEX "Measurement_projectId_id_idx" ON "Measurement"("projectId", "id");
DROP INDEX "Experiment_projectId_createdAt_idx";
CREATE INDEX "Experiment_projectId_id_idx" ON "Experiment"("projectId", "id");
DROP INDEX "Alert_projectId_createdAt_idx";
CREATE INDEX "Alert_projectId_id_idx" ON "Alert"("projectId", "id");
CREATE INDEX "AlertDelivery_alertId_idx" ON "AlertDelivery"("alertId");

-- Views are of one executor, which may be rare; so may one kind of a build's starts.
DROP INDEX "StartSample_projectId_startedAtMs_idx";
CREATE INDEX "StartSample_projectId_executor_startedAtMs_idx" ON "StartSample"("projectId", "executor", "startedAtMs");
DROP INDEX "StartSample_projectId_handlerId_startedAtMs_idx";
CREATE INDEX "StartSample_projectId_handlerId_executor_startedAtMs_idx" ON "StartSample"("projectId", "handlerId", "executor", "startedAtMs");
DROP INDEX "StartSample_buildId_startedAtMs_idx";
CREATE INDEX "StartSample_buildId_kind_startedAtMs_idx" ON "StartSample"("buildId", "kind", "startedAtMs");

-- Retention of single starts.
ALTER TABLE "Project" ADD COLUMN "samplesKeptDays" INTEGER NOT NULL DEFAULT 90;
ALTER TABLE "Project" ADD COLUMN "samplesKeptFromMs" BIGINT;
