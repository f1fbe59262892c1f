import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import type { Server } from "../api/client";
import { useServers } from "../api/queries";
import { NotFound } from "../parts/Empty";
import { Heading } from "../parts/Heading";
import { History } from "../parts/History";
import { Loaded } from "../parts/Loaded";
import { Tabbed } from "../parts/Tabbed";
import { ServerActions } from "./ServerActions";
import { ServerBridges } from "./ServerBridges";
import { ServerGuests } from "./ServerGuests";
import { ServerOverview } from "./ServerOverview";
import { ServerState } from "./ServerState";
import { ServerStorage } from "./ServerStorage";

const Performance = lazy(() => import("../charts/Performance"));

const TABS = ["overview", "performance", "guests", "bridges", "storage", "events"] as const;

export default function ServerPage() {
  const { key } = useParams();
  return (
    <Loaded query={useServers()}>
      {(servers) => {
        const server = servers.find((s) => s.id === key || s.name === key);
        return server ? <Page server={server} /> : <NotFound />;
      }}
    </Loaded>
  );
}

function Page({ server }: { server: Server }) {
  const { t } = useTranslation();
  const { tab } = useParams();
  return (
    <>
      <Heading
        title={server.name}
        note={<ServerState server={server} />}
        actions={<ServerActions server={server} />}
      />
      <Tabbed
        label={server.name}
        path={`/servers/${server.id}`}
        tabs={TABS.map((key) => ({ key, title: t(`servers.tabs.${key}`) }))}
        chosen={tab}
      >
        {(shown) => <Content server={server} tab={shown} />}
      </Tabbed>
    </>
  );
}

function Content({ server, tab }: { server: Server; tab: (typeof TABS)[number] }) {
  switch (tab) {
    case "overview":
      return <ServerOverview server={server} />;
    case "performance":
      return <Performance of="servers" id={server.id} />;
    case "guests":
      return <ServerGuests server={server} />;
    case "bridges":
      return <ServerBridges server={server} />;
    case "storage":
      return <ServerStorage server={server} />;
    case "events":
      return <History subject={`server:${server.id}`} />;
  }
}
