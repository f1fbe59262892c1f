import { Button, Flex, Label } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Pool } from "../api/client";
import { useRepositories } from "../api/queries";
import type { components } from "../api/schema";
import { useRun } from "../app/run";
import { bytes } from "../i18n";
import { Ask } from "../parts/Ask";
import { DataTable } from "../parts/DataTable";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { Usage } from "../parts/Usage";
import { EachPool } from "../pools/EachPool";
import { RepositoryDialog } from "./RepositoryDialog";

type Repository = components["schemas"]["RepositoryView"];
type Asked = { what: "create" | "attach" } | { what: "detach" | "delete"; repository: Repository };

export default function Repositories() {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("nav.repositories")} />
      <EachPool>{(pool) => <OfPool pool={pool} />}</EachPool>
    </>
  );
}

function operation(
  pool: Pool,
  { id, name }: Repository,
  verb: "refresh" | "detach" | "delete",
): Operation {
  const path = `/pools/${pool.id}/repositories/${id}`;
  const cli = millpond("repository", verb, pool.name, name);
  return verb === "delete"
    ? { method: "DELETE", path, cli }
    : { method: "POST", path: `${path}/${verb}`, body: {}, cli };
}

function OfPool({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  return (
    <>
      <Flex gap={{ default: "gapSm" }} className="pf-v6-u-mt-sm">
        {(["create", "attach"] as const).map((what) => (
          <Button
            key={what}
            variant="secondary"
            isDisabled={Boolean(pool.busy)}
            onClick={() => setAsked({ what })}
          >
            {t(`repositories.${what}`)}
          </Button>
        ))}
      </Flex>
      <Loaded query={useRepositories(pool.id)}>
        {(repositories) => <List pool={pool} repositories={repositories} ask={setAsked} />}
      </Loaded>
      {(asked?.what === "create" || asked?.what === "attach") && (
        <RepositoryDialog pool={pool} verb={asked.what} onClose={close} />
      )}
      {(asked?.what === "detach" || asked?.what === "delete") && (
        <Ask
          danger
          title={`${t(`repositories.${asked.what}`)}: ${asked.repository.name}`}
          submit={t(`repositories.${asked.what}`)}
          operations={[operation(pool, asked.repository, asked.what)]}
          onClose={close}
          typed={asked.repository.name}
        >
          <p>{t(`repositories.${asked.what}Loss`, { vms: asked.repository.vms })}</p>
        </Ask>
      )}
    </>
  );
}

interface Props {
  pool: Pool;
  repositories: Repository[];
  ask: (asked: Asked) => void;
}

function List({ pool, repositories, ask }: Props) {
  const { t } = useTranslation();
  return (
    <DataTable
      label={`${t("nav.repositories")}: ${pool.name}`}
      rows={repositories}
      id={(one) => one.id ?? ""}
      columns={[
        { key: "name", title: t("common.name"), by: (one) => one.name },
        {
          key: "kind",
          title: t("repositories.kind"),
          cell: (one) => (one.kind ? t(`repositories.kinds.${one.kind}`) : t("repositories.root")),
        },
        {
          key: "mount",
          title: t("repositories.mount"),
          cell: (one) => <code title={one.mount}>{one.mount}</code>,
        },
        {
          key: "used",
          title: t("common.used"),
          cell: (one) => one.total > 0 && <Used repository={one} />,
        },
        { key: "vms", title: t("repositories.vms"), by: (one) => one.vms },
        {
          key: "trouble",
          title: t("repositories.trouble"),
          cell: (one) =>
            [
              ...Object.entries(one.problems).map(([server, why]) => `${server}: ${why}`),
              ...one.unknown.map((server) => t("repositories.silent", { server })),
            ].join("; "),
        },
        {
          key: "actions",
          title: t("common.actions"),
          cell: (one) => !one.cluster_root && <Actions pool={pool} repository={one} ask={ask} />,
        },
      ]}
    />
  );
}

function Used({ repository: one }: { repository: Repository }) {
  const { t } = useTranslation();
  return (
    <>
      <Usage name={one.name} free={one.free} total={one.total} />
      {one.virtual > one.total && (
        <Label isCompact status="warning">
          {t("repositories.over", { size: bytes(one.virtual) })}
        </Label>
      )}
    </>
  );
}

type ActionProps = { pool: Pool; repository: Repository; ask: (asked: Asked) => void };

function Actions({ pool, repository, ask }: ActionProps) {
  const { t } = useTranslation();
  const run = useRun();
  const common = { variant: "link", isInline: true, isDisabled: Boolean(pool.busy) } as const;
  return (
    <Flex gap={{ default: "gapSm" }} flexWrap={{ default: "nowrap" }}>
      <Button
        {...common}
        aria-label={`${t("repositories.refresh")}: ${repository.name}`}
        onClick={() => run(operation(pool, repository, "refresh"))}
      >
        {t("repositories.refresh")}
      </Button>
      {(["detach", "delete"] as const).map((what) => (
        <Button
          {...common}
          key={what}
          isDanger
          aria-label={`${t(`repositories.${what}`)}: ${repository.name}`}
          onClick={() => ask({ what, repository })}
        >
          {t(`repositories.${what}`)}
        </Button>
      ))}
    </Flex>
  );
}
