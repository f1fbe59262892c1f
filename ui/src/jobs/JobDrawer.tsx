import {
  DrawerActions,
  DrawerCloseButton,
  DrawerHead,
  DrawerPanelBody,
  DrawerPanelContent,
  List,
  ListItem,
  Title,
} from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useJobs } from "../api/queries";
import { time } from "../i18n";
import { Loaded } from "../parts/Loaded";
import { JobButtons } from "./JobButtons";
import { JobProgress } from "./JobProgress";
import { JobState } from "./JobState";
import { Subject } from "./Subject";

const RECENT = 20;

/** The newest jobs, beside any page. */
export function JobDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <DrawerPanelContent defaultSize="26rem">
      <DrawerHead>
        <Title headingLevel="h2" size="lg">
          {t("jobs.drawer")}
        </Title>
        <DrawerActions>
          <DrawerCloseButton onClose={onClose} aria-label={t("common.close")} />
        </DrawerActions>
      </DrawerHead>
      <DrawerPanelBody>
        <Loaded query={useJobs()}>
          {(jobs) => (
            <List isPlain isBordered>
              {jobs.slice(0, RECENT).map((job) => (
                <ListItem key={job.id}>
                  <Link to={`/jobs/${job.id}`}>{job.kind}</Link>{" "}
                  <Subject subject={job.subject} name={job.subject_name} />{" "}
                  <JobState state={job.state} />
                  <JobProgress job={job} />
                  <br />
                  <small>{time(job.created)}</small> <JobButtons job={job} />
                </ListItem>
              ))}
            </List>
          )}
        </Loaded>
        <Link to="/jobs">{t("jobs.all")}</Link>
      </DrawerPanelBody>
    </DrawerPanelContent>
  );
}
