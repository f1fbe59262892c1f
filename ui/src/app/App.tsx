import { Bullseye, Spinner } from "@patternfly/react-core";
import { lazy, Suspense, useEffect } from "react";
import { Navigate, Route, Routes } from "react-router";
import { ApiError } from "../api/client";
import { follow } from "../api/live";
import { useMe } from "../api/queries";
import { NotFound } from "../parts/Empty";
import { ErrorNote } from "../parts/ErrorNote";
import { RunProvider } from "./run";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";

const Overview = lazy(() => import("../overview/Overview"));
const Picture = lazy(() => import("../picture/Picture"));
const VmList = lazy(() => import("../vms/VmList"));
const VmPage = lazy(() => import("../vms/VmPage"));
const ServerList = lazy(() => import("../servers/ServerList"));
const ServerPage = lazy(() => import("../servers/ServerPage"));
const PoolList = lazy(() => import("../pools/PoolList"));
const PoolPage = lazy(() => import("../pools/PoolPage"));
const Templates = lazy(() => import("../pools/Templates"));
const Repositories = lazy(() => import("../pools/Repositories"));
const JobList = lazy(() => import("../jobs/JobList"));
const JobPage = lazy(() => import("../jobs/JobPage"));
const EventList = lazy(() => import("../events/EventList"));
const Failovers = lazy(() => import("../events/Failovers"));
const Users = lazy(() => import("../users/Users"));
const About = lazy(() => import("../about/About"));

const waiting = (
  <Bullseye>
    <Spinner aria-label="…" />
  </Bullseye>
);

export function App() {
  const me = useMe();
  if (me.isPending) return waiting;
  if (me.error instanceof ApiError && me.error.status === 401) return <SignIn />;
  if (!me.data) return <ErrorNote error={me.error} />;
  return (
    <RunProvider>
      <SignedIn />
    </RunProvider>
  );
}

function SignedIn() {
  useEffect(follow, []);
  return (
    <Shell>
      <Suspense fallback={waiting}>
        <Routes>
          <Route path="/" element={<Navigate to="/overview" replace />} />
          <Route path="/overview" element={<Overview />} />
          <Route path="/picture" element={<Picture />} />
          <Route path="/vms" element={<VmList />} />
          <Route path="/vms/:key/:tab?" element={<VmPage />} />
          <Route path="/servers" element={<ServerList />} />
          <Route path="/servers/:key" element={<ServerPage />} />
          <Route path="/pools" element={<PoolList />} />
          <Route path="/pools/:key" element={<PoolPage />} />
          <Route path="/templates" element={<Templates />} />
          <Route path="/repositories" element={<Repositories />} />
          <Route path="/jobs" element={<JobList />} />
          <Route path="/jobs/:id" element={<JobPage />} />
          <Route path="/events" element={<EventList />} />
          <Route path="/failovers" element={<Failovers />} />
          <Route path="/users" element={<Users />} />
          <Route path="/about" element={<About />} />
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
    </Shell>
  );
}
