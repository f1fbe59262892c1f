/** What is said about what VMs and servers use, and what hosts do to arrays. */
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
    commands: "Commands",
    bandwidth: "Bandwidth",
    response: "Response time",
    reads: "Reads",
    writes: "Writes",
    bytes_read: "Read",
    bytes_written: "Written",
    average: "Average",
    highest: "Highest",
    none: "No figures yet",
    noneBody:
      "They come within a minute or two of a start. The manager keeps them in memory: after its own restart they begin anew.",
  },
};
