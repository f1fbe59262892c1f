import { Bullseye, Spinner, Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { type ReactNode, Suspense, useId } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

interface Props<T extends string> {
  /** What it is all about. */
  label: string;
  /** The address of the page, to which a tab's key is added. */
  path: string;
  tabs: readonly { key: T; title: string }[];
  chosen: string | undefined;
  children: (tab: T) => ReactNode;
}

const MANY = 8; // stand closer together, so that a window of 1280 px shows them all

/** The tabs of one object; the address keeps which is shown. */
export function Tabbed<T extends string>({ label, path, tabs, chosen, children }: Props<T>) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const panel = useId();
  const active = tabs.find(({ key }) => key === chosen) ?? tabs[0];
  if (!active) return null;
  return (
    <>
      <Tabs
        activeKey={active.key}
        aria-label={label}
        component="nav"
        {...(tabs.length > MANY && { className: "mp-tabs--many" })}
        onSelect={(_, key) => navigate(`${path}/${key}`, { replace: true })}
      >
        {tabs.map(({ key, title }) => (
          <Tab
            key={key}
            eventKey={key}
            tabContentId={panel}
            title={<TabTitleText>{title}</TabTitleText>}
          />
        ))}
      </Tabs>
      <div id={panel} role="tabpanel" aria-label={active.title} className="pf-v6-u-mt-md">
        <Suspense
          fallback={
            <Bullseye>
              <Spinner aria-label={t("common.loading")} />
            </Bullseye>
          }
        >
          {children(active.key)}
        </Suspense>
      </div>
    </>
  );
}
