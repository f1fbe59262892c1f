import { Flex } from "@patternfly/react-core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Pool } from "../api/client";
import { Menu } from "../parts/Menu";
import { Dissolve } from "./Dissolve";
import { EditPool } from "./EditPool";
import { Arming } from "./ha/Arming";

/** What a pool as a whole can be asked to do. */
export function PoolActions({ pool }: { pool: Pool }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<"edit" | "dissolve">();
  const close = () => setAsked(undefined);
  const disabled = Boolean(pool.busy);
  return (
    <Flex gap={{ default: "gapSm" }}>
      <Arming pool={pool} />
      <Menu
        choose={setAsked}
        entries={[
          { key: "edit", title: t("membership.edit"), disabled },
          { key: "dissolve", title: t("membership.dissolve"), disabled, danger: true },
        ]}
      />
      {asked === "edit" && <EditPool pool={pool} onClose={close} />}
      {asked === "dissolve" && <Dissolve pool={pool} onClose={close} />}
    </Flex>
  );
}
