-- CreateTable
CREATE TABLE "SampleFacet" (
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "versionId" TEXT NOT NULL,
    "buildId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "executor" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "lastMs" BIGINT NOT NULL,

    CONSTRAINT "SampleFacet_pkey" PRIMARY KEY ("buildId","hostId","kind","executor")
);

-- CreateTable
CREATE TABLE "SampleDelta" (
    "id" TEXT NOT NULL,
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "versionId" TEXT NOT NULL,
    "buildId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "executor" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "bucketMs" BIGINT NOT NULL,
    "count" INTEGER NOT NULL,
    "total" BYTEA NOT NULL,
    "others" BYTEA NOT NULL,

    CONSTRAINT "SampleDelta_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SampleRollup" (
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "versionId" TEXT NOT NULL,
    "buildId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "executor" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "resolutionMs" INTEGER NOT NULL,
    "bucketMs" BIGINT NOT NULL,
    "count" INTEGER NOT NULL,
    "total" BYTEA NOT NULL,
    "others" BYTEA NOT NULL,

    CONSTRAINT "SampleRollup_pkey" PRIMARY KEY ("buildId","kind","executor","resolutionMs","bucketMs")
);

-- CreateIndex
CREATE INDEX "SampleFacet_projectId_handlerId_idx" ON "SampleFacet"("projectId", "handlerId");

-- CreateIndex
CREATE INDEX "SampleDelta_projectId_bucketMs_idx" ON "SampleDelta"("projectId", "bucketMs");

-- CreateIndex
CREATE INDEX "SampleRollup_projectId_resolutionMs_bucketMs_idx" ON "SampleRollup"("projectId", "resolutionMs", "bucketMs");

-- CreateIndex
CREATE INDEX "SampleRollup_handlerId_resolutionMs_bucketMs_idx" ON "SampleRollup"("handlerId", "resolutionMs", "bucketMs");

-- CreateIndex
CREATE INDEX "StartSample_projectId_startedAtMs_idx" ON "StartSample"("projectId", "startedAtMs");

-- CreateIndex
CREATE INDEX "StartSample_hostId_startedAtMs_idx" ON "StartSample"("hostId", "startedAtMs");


