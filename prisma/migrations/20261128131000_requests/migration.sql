-- CreateTable
CREATE TABLE "RequestWindow" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "deploymentId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "instanceId" TEXT,
    "startMs" BIGINT NOT NULL,
    "stepMs" INTEGER NOT NULL,
    "byClass" JSONB NOT NULL,
    "sumNs" BIGINT NOT NULL,
    "buckets" JSONB NOT NULL
);

-- AlterTable
ALTER TABLE "Instance" ADD COLUMN "connections" INTEGER;

-- CreateIndex
CREATE INDEX "RequestWindow_deploymentId_stepMs_startMs_idx" ON "RequestWindow"("deploymentId", "stepMs", "startMs");

-- CreateIndex
CREATE INDEX "RequestWindow_projectId_handlerId_stepMs_startMs_idx" ON "RequestWindow"("projectId", "handlerId", "stepMs", "startMs");

-- CreateIndex
CREATE INDEX "RequestWindow_stepMs_startMs_idx" ON "RequestWindow"("stepMs", "startMs");
