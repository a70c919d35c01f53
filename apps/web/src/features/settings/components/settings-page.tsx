"use client";
import { parseAsString, useQueryState } from "nuqs";
import { PageHeader } from "../../../ui/page.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { useCan } from "../../shell/helpers/session.ts";
import { AccountTab } from "./account-tab.tsx";
import { AgentsTab } from "./agents-tab.tsx";
import { AuditTab } from "./audit-tab.tsx";
import { PeopleTab } from "./people-tab.tsx";
import { ProjectTab } from "./project-tab.tsx";
import { TelemetryTab } from "./telemetry-tab.tsx";
import { TokensTab } from "./tokens-tab.tsx";
import { ToolchainTab } from "./toolchain-tab.tsx";

export function SettingsPage() {
  const [tab, setTab] = useQueryState("tab", parseAsString.withDefault("tokens"));
  const isAdmin = useCan("admin");
  return (
    <>
      <PageHeader title="Settings" />
      <Tabs
        label="Settings"
        value={tab}
        onChange={(value) => void setTab(value)}
        tabs={[
          { value: "tokens", label: "API tokens", content: <TokensTab /> },
          ...(isAdmin ? [{ value: "agents", label: "Agents", content: <AgentsTab /> }] : []),
          { value: "people", label: "People", content: <PeopleTab /> },
          { value: "account", label: "Account", content: <AccountTab /> },
          { value: "toolchain", label: "Toolchain", content: <ToolchainTab /> },
          ...(isAdmin ? [{ value: "telemetry", label: "Telemetry", content: <TelemetryTab /> }] : []),
          { value: "project", label: "Project", content: <ProjectTab /> },
          ...(isAdmin ? [{ value: "audit", label: "Audit log", content: <AuditTab /> }] : []),
        ]}
      />
    </>
  );
}
