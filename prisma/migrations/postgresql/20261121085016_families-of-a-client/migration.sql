-- CreateIndex
CREATE INDEX "token_families_client_id_idx" ON "token_families"("client_id");
