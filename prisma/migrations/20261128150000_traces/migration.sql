-- AlterTable
ALTER TABLE "Artifact" ADD COLUMN "symbolsSha256" TEXT;

-- CreateTable
CREATE TABLE "Trace" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "buildId" TEXT NOT NULL,
    "artifactId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "runs" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "knobs" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "progressDone" INTEGER NOT NULL DEFAULT 0,
    "progressOf" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "contentSha256" TEXT,
    "sizeBytes" INTEGER,
    "summary" JSONB,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    CONSTRAINT "Trace_buildId_fkey" FOREIGN KEY ("buildId") REFERENCES "Build" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Trace_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Trace_projectId_handlerId_createdAt_idx" ON "Trace"("projectId", "handlerId", "createdAt");

-- CreateIndex
CREATE INDEX "Trace_buildId_createdAt_idx" ON "Trace"("buildId", "createdAt");

-- CreateIndex
CREATE INDEX "Trace_hostId_state_idx" ON "Trace"("hostId", "state");

-- CreateIndex
CREATE INDEX "Trace_contentSha256_idx" ON "Trace"("contentSha256");
