import { Bullseye, Button, Spinner } from "@patternfly/react-core";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Route, Routes, useLocation } from "react-router";
import About from "../about/About";
import { ApiError } from "../api/client";
import { follow } from "../api/live";
import { useMe } from "../api/queries";
import ArrayList from "../arrays/ArrayList";
import ArrayPage from "../arrays/ArrayPage";
import EventList from "../events/EventList";
import Failovers from "../events/Failovers";
import JobList from "../jobs/JobList";
import JobPage from "../jobs/JobPage";
import Networks from "../networks/Networks";
import Overview from "../overview/Overview";
import { NotFound } from "../parts/Empty";
import { ErrorNote } from "../parts/ErrorNote";
import PoolList from "../pools/PoolList";
import PoolPage from "../pools/PoolPage";
import Templates from "../pools/Templates";
import Repositories from "../repositories/Repositories";
import ServerList from "../servers/ServerList";
import ServerPage from "../servers/ServerPage";
import Users from "../users/Users";
import VmList from "../vms/VmList";
import VmPage from "../vms/VmPage";
import { Failure } from "./Failure";
import { RunProvider } from "./run";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";

/** It brings a library of its own, as consoles do. */
const Picture = lazy(() => import("../picture/Picture"));

const waiting = (
  <Bullseye>
    <Spinner aria-label="…" />
  </Bullseye>
);

export function App() {
  const me = useMe();
  if (me.isPending) return waiting;
  if (me.error instanceof ApiError && me.error.status === 401) return <SignIn />;
  if (!me.data) return <Unreachable error={me.error} again={me.refetch} />;
  return (
    <RunProvider>
      <SignedIn />
    </RunProvider>
  );
}

function Unreachable({ error, again }: { error: unknown; again: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <ErrorNote error={error} />
      <Button className="pf-v6-u-m-md" onClick={again}>
        {t("common.retry")}
      </Button>
    </>
  );
}

function SignedIn() {
  useEffect(follow, []);
  return (
    <Shell>
      <Failure at={useLocation().pathname}>
        <Suspense fallback={waiting}>
          <Routes>
            <Route path="/" element={<Navigate to="/overview" replace />} />
            <Route path="/overview" element={<Overview />} />
            <Route path="/picture" element={<Picture />} />
            <Route path="/vms" element={<VmList />} />
            <Route path="/vms/:key/:tab?" element={<VmPage />} />
            <Route path="/servers" element={<ServerList />} />
            <Route path="/servers/:key/:tab?" element={<ServerPage />} />
            <Route path="/pools" element={<PoolList />} />
            <Route path="/pools/:key/:tab?" element={<PoolPage />} />
            <Route path="/templates" element={<Templates />} />
            <Route path="/repositories" element={<Repositories />} />
            <Route path="/arrays" element={<ArrayList />} />
            <Route path="/arrays/:key/:tab?" element={<ArrayPage />} />
            <Route path="/networks" element={<Networks />} />
            <Route path="/jobs" element={<JobList />} />
            <Route path="/jobs/:id" element={<JobPage />} />
            <Route path="/events" element={<EventList />} />
            <Route path="/failovers" element={<Failovers />} />
            <Route path="/users" element={<Users />} />
            <Route path="/about" element={<About />} />
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Suspense>
      </Failure>
    </Shell>
  );
}
