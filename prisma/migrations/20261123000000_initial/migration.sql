-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "emailVerified" BOOLEAN NOT NULL DEFAULT false,
    "image" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "token" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "ipAddress" TEXT,
    "userAgent" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL,
    CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Account" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "providerId" TEXT NOT NULL,
    "accessToken" TEXT,
    "refreshToken" TEXT,
    "idToken" TEXT,
    "accessTokenExpiresAt" DATETIME,
    "refreshTokenExpiresAt" DATETIME,
    "scope" TEXT,
    "password" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL,
    CONSTRAINT "Account_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Verification" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "identifier" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "Project" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- CreateTable
CREATE TABLE "Member" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Member_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Member_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "ApiToken" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" DATETIME,
    "lastUsedAt" DATETIME,
    "revokedAt" DATETIME,
    CONSTRAINT "ApiToken_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "ApiToken_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "EnrolmentToken" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" DATETIME,
    "revokedAt" DATETIME,
    "uses" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "EnrolmentToken_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "AuditEvent" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actorKind" TEXT NOT NULL,
    "actorId" TEXT NOT NULL,
    "actorName" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "targetKind" TEXT NOT NULL,
    "targetId" TEXT NOT NULL,
    "targetName" TEXT NOT NULL,
    "detail" JSONB NOT NULL,
    CONSTRAINT "AuditEvent_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Handler" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL,
    CONSTRAINT "Handler_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "HandlerVersion" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "entry" TEXT NOT NULL,
    "files" JSONB NOT NULL,
    "digest" TEXT NOT NULL,
    "sourceBytes" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    CONSTRAINT "HandlerVersion_handlerId_fkey" FOREIGN KEY ("handlerId") REFERENCES "Handler" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Build" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "versionId" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "error" TEXT,
    "diagnostics" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    "sourceBytes" INTEGER,
    "bytecodeBytes" INTEGER,
    "sections" JSONB NOT NULL,
    "handlerInitMs" REAL,
    CONSTRAINT "Build_handlerId_fkey" FOREIGN KEY ("handlerId") REFERENCES "Handler" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Build_versionId_fkey" FOREIGN KEY ("versionId") REFERENCES "HandlerVersion" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "BuildLog" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "projectId" TEXT NOT NULL,
    "buildId" TEXT NOT NULL,
    "at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "level" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    CONSTRAINT "BuildLog_buildId_fkey" FOREIGN KEY ("buildId") REFERENCES "Build" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Artifact" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "buildId" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "sizeBytes" INTEGER NOT NULL,
    "signature" TEXT NOT NULL,
    "stubSha256" TEXT NOT NULL,
    "engineVersion" TEXT NOT NULL,
    "executor" TEXT NOT NULL,
    "dynamicDependencies" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Artifact_buildId_fkey" FOREIGN KEY ("buildId") REFERENCES "Build" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Job" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "subjectId" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseUntil" DATETIME,
    "runAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" DATETIME,
    "error" TEXT
);

-- CreateTable
CREATE TABLE "Host" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "os" TEXT NOT NULL,
    "arch" TEXT NOT NULL,
    "kernel" TEXT NOT NULL,
    "cpuModel" TEXT NOT NULL,
    "cpuCount" INTEGER NOT NULL,
    "memoryBytes" BIGINT NOT NULL,
    "executors" JSONB NOT NULL,
    "labels" JSONB NOT NULL,
    "agentTokenHash" TEXT NOT NULL,
    "enrolledAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastSeenAt" DATETIME,
    "clockSkewMs" REAL,
    "desiredRevision" INTEGER NOT NULL DEFAULT 1,
    "appliedRevision" INTEGER NOT NULL DEFAULT 0,
    "removedAt" DATETIME,
    CONSTRAINT "Host_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Deployment" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "artifactId" TEXT NOT NULL,
    "buildId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "port" INTEGER NOT NULL DEFAULT 0,
    "env" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'active',
    "replacesId" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    "endedAt" DATETIME,
    CONSTRAINT "Deployment_handlerId_fkey" FOREIGN KEY ("handlerId") REFERENCES "Handler" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Deployment_artifactId_fkey" FOREIGN KEY ("artifactId") REFERENCES "Artifact" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Deployment_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Instance" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "deploymentId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "artifactId" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "pid" INTEGER,
    "port" INTEGER NOT NULL,
    "rssBytes" BIGINT,
    "restarts" INTEGER NOT NULL,
    "since" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    CONSTRAINT "Instance_deploymentId_fkey" FOREIGN KEY ("deploymentId") REFERENCES "Deployment" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Instance_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "LogLine" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "deploymentId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "instanceId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "level" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "text" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "Measurement" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "runs" INTEGER NOT NULL,
    "warmup" INTEGER NOT NULL,
    "path" TEXT NOT NULL DEFAULT '/',
    "artifactIds" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "error" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdBy" TEXT NOT NULL,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    CONSTRAINT "Measurement_handlerId_fkey" FOREIGN KEY ("handlerId") REFERENCES "Handler" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "Measurement_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "StartSample" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "projectId" TEXT NOT NULL,
    "handlerId" TEXT NOT NULL,
    "versionId" TEXT NOT NULL,
    "buildId" TEXT NOT NULL,
    "artifactId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,
    "deploymentId" TEXT,
    "measurementId" TEXT,
    "kind" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "executor" TEXT NOT NULL,
    "startedAtMs" BIGINT NOT NULL,
    "receivedAtMs" BIGINT NOT NULL,
    "totalNs" BIGINT NOT NULL,
    "spawnNs" BIGINT NOT NULL DEFAULT 0,
    "linkNs" BIGINT NOT NULL DEFAULT 0,
    "vmInitNs" BIGINT NOT NULL DEFAULT 0,
    "ioInitNs" BIGINT NOT NULL DEFAULT 0,
    "parseNs" BIGINT NOT NULL DEFAULT 0,
    "compileNs" BIGINT NOT NULL DEFAULT 0,
    "cacheNs" BIGINT NOT NULL DEFAULT 0,
    "loadNs" BIGINT NOT NULL DEFAULT 0,
    "handlerInitNs" BIGINT NOT NULL DEFAULT 0,
    "poolNs" BIGINT NOT NULL DEFAULT 0,
    "listenNs" BIGINT NOT NULL DEFAULT 0,
    "firstRequestNs" BIGINT NOT NULL DEFAULT 0,
    "otherNs" BIGINT NOT NULL DEFAULT 0,
    "rssBytes" BIGINT NOT NULL,
    "pssBytes" BIGINT,
    "privateDirtyBytes" BIGINT,
    "minorFaults" INTEGER,
    "majorFaults" INTEGER,
    "binaryBytes" BIGINT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE UNIQUE INDEX "Session_token_key" ON "Session"("token");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE INDEX "Account_userId_idx" ON "Account"("userId");

-- CreateIndex
CREATE INDEX "Verification_identifier_idx" ON "Verification"("identifier");

-- CreateIndex
CREATE UNIQUE INDEX "Project_slug_key" ON "Project"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "Member_projectId_userId_key" ON "Member"("projectId", "userId");

-- CreateIndex
CREATE UNIQUE INDEX "ApiToken_tokenHash_key" ON "ApiToken"("tokenHash");

-- CreateIndex
CREATE INDEX "ApiToken_projectId_idx" ON "ApiToken"("projectId");

-- CreateIndex
CREATE UNIQUE INDEX "EnrolmentToken_tokenHash_key" ON "EnrolmentToken"("tokenHash");

-- CreateIndex
CREATE INDEX "EnrolmentToken_projectId_idx" ON "EnrolmentToken"("projectId");

-- CreateIndex
CREATE INDEX "AuditEvent_projectId_at_idx" ON "AuditEvent"("projectId", "at");

-- CreateIndex
CREATE UNIQUE INDEX "Handler_projectId_name_key" ON "Handler"("projectId", "name");

-- CreateIndex
CREATE INDEX "HandlerVersion_projectId_handlerId_idx" ON "HandlerVersion"("projectId", "handlerId");

-- CreateIndex
CREATE UNIQUE INDEX "HandlerVersion_handlerId_number_key" ON "HandlerVersion"("handlerId", "number");

-- CreateIndex
CREATE INDEX "Build_projectId_handlerId_createdAt_idx" ON "Build"("projectId", "handlerId", "createdAt");

-- CreateIndex
CREATE INDEX "Build_projectId_createdAt_idx" ON "Build"("projectId", "createdAt");

-- CreateIndex
CREATE INDEX "BuildLog_buildId_seq_idx" ON "BuildLog"("buildId", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "Artifact_buildId_key" ON "Artifact"("buildId");

-- CreateIndex
CREATE INDEX "Artifact_projectId_sha256_idx" ON "Artifact"("projectId", "sha256");

-- CreateIndex
CREATE INDEX "Job_state_runAt_idx" ON "Job"("state", "runAt");

-- CreateIndex
CREATE UNIQUE INDEX "Job_kind_subjectId_key" ON "Job"("kind", "subjectId");

-- CreateIndex
CREATE UNIQUE INDEX "Host_agentTokenHash_key" ON "Host"("agentTokenHash");

-- CreateIndex
CREATE INDEX "Host_projectId_idx" ON "Host"("projectId");

-- CreateIndex
CREATE INDEX "Deployment_projectId_handlerId_createdAt_idx" ON "Deployment"("projectId", "handlerId", "createdAt");

-- CreateIndex
CREATE INDEX "Deployment_hostId_state_idx" ON "Deployment"("hostId", "state");

-- CreateIndex
CREATE INDEX "Instance_projectId_deploymentId_idx" ON "Instance"("projectId", "deploymentId");

-- CreateIndex
CREATE INDEX "Instance_hostId_idx" ON "Instance"("hostId");

-- CreateIndex
CREATE UNIQUE INDEX "LogLine_id_key" ON "LogLine"("id");

-- CreateIndex
CREATE INDEX "LogLine_projectId_handlerId_seq_idx" ON "LogLine"("projectId", "handlerId", "seq");

-- CreateIndex
CREATE INDEX "LogLine_deploymentId_seq_idx" ON "LogLine"("deploymentId", "seq");

-- CreateIndex
CREATE INDEX "Measurement_projectId_handlerId_createdAt_idx" ON "Measurement"("projectId", "handlerId", "createdAt");

-- CreateIndex
CREATE INDEX "Measurement_hostId_state_idx" ON "Measurement"("hostId", "state");

-- CreateIndex
CREATE INDEX "StartSample_projectId_handlerId_startedAtMs_idx" ON "StartSample"("projectId", "handlerId", "startedAtMs");

-- CreateIndex
CREATE INDEX "StartSample_buildId_startedAtMs_idx" ON "StartSample"("buildId", "startedAtMs");

-- CreateIndex
CREATE INDEX "StartSample_measurementId_idx" ON "StartSample"("measurementId");


