-- AlterTable
ALTER TABLE "Measurement" ADD COLUMN "variants" JSONB;

-- AlterTable
ALTER TABLE "StartSample" ADD COLUMN "variant" INTEGER;

-- CreateTable
CREATE TABLE "Experiment" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "runs" INTEGER NOT NULL,
    "warmup" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "variants" JSONB NOT NULL,
    "hostIds" JSONB NOT NULL,
    "measurementIds" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'preparing',
    "error" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    "finishedAt" DATETIME,
    CONSTRAINT "Experiment_handlerId_fkey" FOREIGN KEY ("handlerId") REFERENCES "Handler" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Experiment_projectId_createdAt_idx" ON "Experiment"("projectId", "createdAt");

-- CreateIndex
CREATE INDEX "Experiment_state_idx" ON "Experiment"("state");
