import { Button, Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { millpond, type Operation, type Pool } from "../api/client";
import { useRepositories } from "../api/queries";
import { useRun } from "../app/run";
import { Ask } from "../parts/Ask";
import { DataTable } from "../parts/DataTable";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { EachPool } from "../pools/EachPool";
import { type Repository, useColumns } from "./columns";
import { RepositoryDialog } from "./RepositoryDialog";

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
        ...useColumns(),
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
