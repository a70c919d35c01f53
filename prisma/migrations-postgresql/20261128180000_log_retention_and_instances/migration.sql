-- Retention of handlers' logs.
ALTER TABLE "Project" ADD COLUMN "logsKeptDays" INTEGER NOT NULL DEFAULT 30;
CREATE INDEX "LogLine_projectId_at_idx" ON "LogLine"("projectId", "at");

-- The instance that a start was of.
ALTER TABLE "StartSample" ADD COLUMN "instanceId" TEXT;
