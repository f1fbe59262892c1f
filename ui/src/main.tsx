import "@patternfly/react-core/dist/styles/base.css";
import "@patternfly/patternfly/utilities/Spacing/spacing.css";
import "./app/app.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { client } from "./api/queries";
import { App } from "./app/App";
import { startTheme } from "./app/theme";
import { startLanguage } from "./i18n";

startTheme();
startLanguage();
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      {/* Without transitions: a field whose value is in the address shows each letter as it is typed. */}
      <BrowserRouter basename="/ui" useTransitions={false}>
        <App />
      </BrowserRouter>
    </QueryClientProvider>
  </StrictMode>,
);
