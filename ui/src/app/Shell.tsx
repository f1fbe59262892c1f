import {
  Alert,
  Button,
  Drawer,
  DrawerContent,
  DrawerContentBody,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadMain,
  MastheadToggle,
  Nav,
  NavItem,
  NavList,
  Page,
  PageSection,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import { BellIcon, MoonIcon, SunIcon } from "@patternfly/react-icons";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, useLocation } from "react-router";
import { api } from "../api/client";
import { useAnswers } from "../api/live";
import { client, useJobs, useMe } from "../api/queries";
import { chooseLanguage } from "../i18n";
import { JobDrawer } from "../jobs/JobDrawer";
import { chooseTheme, useDark } from "./theme";

const PLACES = [
  "overview",
  "picture",
  "vms",
  "servers",
  "pools",
  "templates",
  "repositories",
  "arrays",
  "networks",
  "jobs",
  "events",
  "failovers",
  "users",
  "about",
] as const;

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [drawer, setDrawer] = useState(false);
  return (
    <Page
      masthead={<Top drawer={drawer} setDrawer={setDrawer} />}
      sidebar={<Side />}
      isManagedSidebar
      mainContainerId="main"
      skipToContent={<SkipToContent href="#main">{t("nav.skip")}</SkipToContent>}
    >
      <Drawer isExpanded={drawer}>
        <DrawerContent
          panelContent={drawer ? <JobDrawer onClose={() => setDrawer(false)} /> : null}
        >
          <DrawerContentBody>
            <Silent />
            <PageSection isFilled>{children}</PageSection>
          </DrawerContentBody>
        </DrawerContent>
      </Drawer>
    </Page>
  );
}

function Silent() {
  const { t } = useTranslation();
  return useAnswers() ? null : <Alert isInline variant="warning" title={t("common.silent")} />;
}

function Side() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label={t("nav.main")}>
          <NavList>
            {PLACES.map((place) => (
              <NavItem key={place} isActive={pathname.startsWith(`/${place}`)}>
                <NavLink to={`/${place}`}>{t(`nav.${place}`)}</NavLink>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}

function Top({ drawer, setDrawer }: { drawer: boolean; setDrawer: (open: boolean) => void }) {
  const { t, i18n } = useTranslation();
  const dark = useDark();
  const me = useMe();
  const running = useJobs({ state: "running" }).data?.length ?? 0;
  const busy = running > 0 && t("jobs.running", { count: running });

  async function signOut() {
    await api.DELETE("/api/v1/sessions/current");
    client.clear();
    window.location.assign("/ui/");
  }

  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton isHamburgerButton aria-label={t("nav.main")} />
        </MastheadToggle>
        <MastheadBrand>
          <NavLink to="/overview" className="mp-brand">
            Millpond
          </NavLink>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isFullHeight>
          <ToolbarContent>
            <ToolbarGroup align={{ default: "alignEnd" }} alignItems="center">
              <ToolbarItem>
                <Button
                  variant="plain"
                  icon={<BellIcon />}
                  aria-expanded={drawer}
                  aria-label={[busy, t("jobs.open")].filter(Boolean).join(": ")}
                  onClick={() => setDrawer(!drawer)}
                >
                  {busy}
                </Button>
              </ToolbarItem>
              <ToolbarItem>
                <Button
                  variant="plain"
                  icon={dark ? <SunIcon /> : <MoonIcon />}
                  aria-label={dark ? t("nav.light") : t("nav.dark")}
                  onClick={() => chooseTheme(!dark)}
                />
              </ToolbarItem>
              <ToolbarItem>
                <Button
                  variant="link"
                  onClick={() => chooseLanguage(i18n.language === "de" ? "en" : "de")}
                >
                  {t("nav.language")}
                </Button>
              </ToolbarItem>
              <ToolbarItem className="pf-v6-u-py-sm">{me.data?.name}</ToolbarItem>
              <ToolbarItem>
                <Button variant="link" onClick={signOut}>
                  {t("nav.signOut")}
                </Button>
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}
