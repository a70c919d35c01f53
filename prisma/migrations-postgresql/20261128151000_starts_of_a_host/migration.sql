CREATE INDEX "StartSample_hostId_handlerId_startedAtMs_idx" ON "StartSample"("hostId", "handlerId", "startedAtMs");
