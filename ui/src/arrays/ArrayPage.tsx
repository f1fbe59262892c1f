import { Button, Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useArrays } from "../api/arrays";
import { millpond } from "../api/client";
import { client } from "../api/queries";
import type { components } from "../api/schema";
import { Ask } from "../parts/Ask";
import { NotFound } from "../parts/Empty";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";
import { Tabbed } from "../parts/Tabbed";
import { ArrayGroups } from "./ArrayGroups";
import { ArrayLuns } from "./ArrayLuns";
import { ArrayMigrations } from "./ArrayMigrations";
import { ArrayMirrors } from "./ArrayMirrors";
import { ArrayOverview } from "./ArrayOverview";
import { ArrayPerformance } from "./ArrayPerformance";
import { ArrayPools } from "./ArrayPools";
import { ArrayPorts } from "./ArrayPorts";
import { ArrayQos } from "./ArrayQos";
import { ArraySnapshots } from "./ArraySnapshots";

type Registered = components["schemas"]["Array"];

const TABS = [
  "overview",
  "performance",
  "pools",
  "luns",
  "groups",
  "snapshots",
  "mirrors",
  "migrations",
  "qos",
  "ports",
] as const;

/** What is registered is shown even if the array itself does not answer. */
export default function ArrayPage() {
  const { key } = useParams();
  return (
    <Loaded query={useArrays()}>
      {(arrays) => {
        const array = arrays.find((one) => one.id === key || one.name === key);
        return array ? <Page array={array} /> : <NotFound />;
      }}
    </Loaded>
  );
}

function Page({ array }: { array: Registered }) {
  const { t } = useTranslation();
  const { tab } = useParams();
  return (
    <>
      <Heading
        title={array.name}
        note={t(`arrays.kinds.${array.kind}`)}
        actions={<Actions array={array} />}
      />
      <Tabbed
        label={array.name}
        path={`/arrays/${array.id}`}
        tabs={TABS.map((key) => ({ key, title: t(`arrays.${key}`) }))}
        chosen={tab}
      >
        {(shown) => <Content array={array} tab={shown} />}
      </Tabbed>
    </>
  );
}

function Content({ array, tab }: { array: Registered; tab: (typeof TABS)[number] }) {
  switch (tab) {
    case "overview":
      return <ArrayOverview array={array} />;
    case "performance":
      return <ArrayPerformance array={array.id} />;
    case "pools":
      return <ArrayPools array={array.id} />;
    case "luns":
      return <ArrayLuns array={array.id} />;
    case "groups":
      return <ArrayGroups array={array.id} />;
    case "snapshots":
      return <ArraySnapshots array={array.id} />;
    case "mirrors":
      return <ArrayMirrors array={array.id} />;
    case "migrations":
      return <ArrayMigrations array={array.id} />;
    case "qos":
      return <ArrayQos array={array.id} />;
    case "ports":
      return <ArrayPorts array={array.id} />;
  }
}

function Actions({ array }: { array: Registered }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [removing, setRemoving] = useState(false);
  return (
    <Flex gap={{ default: "gapSm" }}>
      <Button
        variant="secondary"
        onClick={() => client.resetQueries({ queryKey: ["array", array.id] })}
      >
        {t("arrays.again")}
      </Button>
      <Button variant="secondary" isDanger onClick={() => setRemoving(true)}>
        {t("arrays.remove")}
      </Button>
      {removing && (
        <Ask
          danger
          title={`${t("arrays.remove")}: ${array.name}`}
          submit={t("arrays.remove")}
          onClose={() => setRemoving(false)}
          onDone={() => {
            client.invalidateQueries({ queryKey: ["arrays"] });
            navigate("/arrays");
          }}
          operations={[
            {
              method: "DELETE",
              path: `/arrays/${array.id}`,
              cli: millpond("array", "remove", array.name),
            },
          ]}
        >
          <p>{t("arrays.removeLoss")}</p>
        </Ask>
      )}
    </Flex>
  );
}
