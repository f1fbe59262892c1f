import { Button, Flex, Title } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { millpond, type Pool } from "../../api/client";
import { useFencing } from "../../api/queries";
import type { components } from "../../api/schema";
import { Ask } from "../../parts/Ask";
import { DataTable } from "../../parts/DataTable";
import { Empty } from "../../parts/Empty";
import { Loaded } from "../../parts/Loaded";
import { FenceCheck } from "./FenceCheck";
import { FenceDialog } from "./FenceDialog";

export type Device = components["schemas"]["FenceDeviceReply"];
type OfServer = components["schemas"]["FencingReply"];

/** What can cut each server of a pool off. */
export function PoolFencing({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  return (
    <>
      <p>{t("fencing.body")}</p>
      <Loaded query={useFencing(pool.id)}>
        {(all) =>
          all.map((one) => (
            <section key={one.server.id} className="pf-v6-u-mt-md">
              <Title headingLevel="h2" size="lg">
                <Link to={`/servers/${one.server.id}`}>{one.server.name}</Link>
              </Title>
              <ServerFencing pool={pool.id} fencing={one} />
            </section>
          ))
        }
      </Loaded>
    </>
  );
}

type Asked =
  | { what: "set"; device?: Device }
  | { what: "remove"; device: Device }
  | { what: "check" };

function ServerFencing({ pool, fencing }: { pool: string; fencing: OfServer }) {
  const { t } = useTranslation();
  const { server, devices } = fencing;
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const set = (
    <Button
      variant="secondary"
      aria-label={`${t("fencing.add")}: ${server.name}`}
      onClick={() => setAsked({ what: "set" })}
    >
      {t("fencing.add")}
    </Button>
  );
  return (
    <>
      {devices.length === 0 ? (
        <Empty title={t("fencing.none")} action={set}>
          {t("fencing.noneBody")}
        </Empty>
      ) : (
        <>
          <Flex gap={{ default: "gapSm" }}>
            {set}
            <Button
              variant="secondary"
              aria-label={`${t("fencing.check")}: ${server.name}`}
              onClick={() => setAsked({ what: "check" })}
            >
              {t("fencing.check")}
            </Button>
          </Flex>
          <Devices server={server.name} devices={devices} ask={setAsked} />
        </>
      )}
      {asked?.what === "set" && (
        <FenceDialog
          pool={pool}
          server={server}
          onClose={close}
          taken={devices.map((one) => one.name)}
          {...(asked.device && { device: asked.device })}
        />
      )}
      {asked?.what === "check" && <FenceCheck server={server} onClose={close} />}
      {asked?.what === "remove" && (
        <Ask
          danger
          title={`${t("common.delete")}: ${asked.device.name} (${server.name})`}
          submit={t("common.delete")}
          onClose={close}
          operations={[
            {
              method: "DELETE",
              path: `/servers/${server.id}/fencing/${asked.device.name}`,
              cli: millpond("fence", "remove", server.name, asked.device.name),
            },
          ]}
        >
          <p>{t("fencing.removeLoss", { server: server.name })}</p>
        </Ask>
      )}
    </>
  );
}

interface Props {
  server: string;
  devices: Device[];
  ask: (asked: Asked) => void;
}

function Devices({ server, devices, ask }: Props) {
  const { t } = useTranslation();
  return (
    <DataTable
      label={`${t("fencing.title")}: ${server}`}
      rows={devices}
      id={(one) => one.name}
      columns={[
        { key: "device", title: t("common.name"), by: (one) => one.name },
        { key: "agent", title: t("fencing.agent"), by: (one) => one.agent },
        { key: "level", title: t("fencing.level"), by: (one) => one.level },
        {
          key: "arguments",
          title: t("fencing.arguments"),
          cell: (one) =>
            Object.entries({ ...one.arguments, ...one.secrets })
              .map(([name, value]) => `${name}=${value}`)
              .join(" "),
        },
        { key: "timeout", title: t("fencing.timeout"), cell: (one) => `${one.timeout} s` },
        {
          key: "actions",
          title: t("common.actions"),
          cell: (device) => (
            <Flex gap={{ default: "gapSm" }} flexWrap={{ default: "nowrap" }}>
              <Button
                variant="link"
                isInline
                aria-label={`${t("fencing.change")}: ${device.name} (${server})`}
                onClick={() => ask({ what: "set", device })}
              >
                {t("fencing.change")}
              </Button>
              <Button
                variant="link"
                isInline
                isDanger
                aria-label={`${t("common.delete")}: ${device.name} (${server})`}
                onClick={() => ask({ what: "remove", device })}
              >
                {t("common.delete")}
              </Button>
            </Flex>
          ),
        },
      ]}
    />
  );
}
