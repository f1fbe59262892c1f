/** What is said about what VMs and servers use. */
export const charts = {
  charts: {
    title: "Performance",
    span: "Period",
    hour: "Hour",
    day: "Day",
    cpu: "CPU",
    memory: "Memory used",
    disk: "Disks",
    network: "Network",
    disk_read: "Read",
    disk_write: "Written",
    net_rx: "Received",
    net_tx: "Sent",
    average: "Average",
    highest: "Highest",
    none: "No figures yet",
    noneBody:
      "They come within a minute of a start. The manager keeps them in memory: after its own restart they begin anew.",
  },
};
