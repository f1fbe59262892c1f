import { Alert, AlertActionCloseButton, AlertGroup } from "@patternfly/react-core";
import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { type Operation, submit } from "../api/client";
import { client } from "../api/queries";
import { JobToast } from "../jobs/JobToast";
import { ErrorText, titleOf } from "../parts/ErrorNote";

/** Ask for operations, and tell how they went. Nothing is shown as done before its job says so. */
type Run = (...operations: Operation[]) => Promise<boolean>;

type Toast = { key: string } & ({ job: string } | { error: unknown });

const Context = createContext<Run>(async () => false);

export const useRun = (): Run => useContext(Context);

const FEW = 3; // toasts at once; the rest is in the list of jobs
const TOGETHER = 8; // requests under way

export function RunProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const show = useCallback((toast: Toast) => setToasts((all) => [toast, ...all].slice(0, 6)), []);
  const hide = useCallback(
    (key: string) => setToasts((all) => all.filter((t) => t.key !== key)),
    [],
  );

  const run = useCallback<Run>(
    async (...operations) => {
      let accepted = true;
      const one = async (operation: Operation) => {
        try {
          const job = await submit(operation);
          if (job && operations.length <= FEW) show({ key: job.id, job: job.id });
        } catch (error) {
          accepted = false;
          show({ key: crypto.randomUUID(), error });
        }
      };
      for (let at = 0; at < operations.length; at += TOGETHER) {
        await Promise.all(operations.slice(at, at + TOGETHER).map(one));
      }
      client.invalidateQueries({ queryKey: ["jobs"] });
      return accepted;
    },
    [show],
  );

  return (
    <Context.Provider value={run}>
      {children}
      <AlertGroup isToast isLiveRegion className="mp-toasts">
        {toasts.map((toast) =>
          "job" in toast ? (
            <JobToast key={toast.key} id={toast.job} onClose={() => hide(toast.key)} />
          ) : (
            <Alert
              key={toast.key}
              variant="danger"
              title={titleOf(toast.error)}
              actionClose={<AlertActionCloseButton onClose={() => hide(toast.key)} />}
            >
              <ErrorText error={toast.error} />
            </Alert>
          ),
        )}
      </AlertGroup>
    </Context.Provider>
  );
}
