import { useTranslation } from "react-i18next";
import { useVersion } from "../api/queries";
import { Facts } from "../parts/Facts";
import { Heading } from "../parts/Heading";
import { Loaded } from "../parts/Loaded";

export default function About() {
  const { t } = useTranslation();
  return (
    <>
      <Heading title={t("about.title")} note={t("about.body")} />
      <Loaded query={useVersion()}>
        {({ version, api }) => (
          <Facts
            of={[
              [t("about.version"), version],
              [t("about.api"), api],
              [t("about.licence"), "Apache License 2.0"],
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
