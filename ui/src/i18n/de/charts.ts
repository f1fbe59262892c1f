/** What is said about what VMs and servers use, in German. */
export const charts = {
  charts: {
    title: "Leistung",
    span: "Zeitraum",
    hour: "Stunde",
    day: "Tag",
    cpu: "CPU",
    memory: "Belegter Speicher",
    disk: "Platten",
    network: "Netz",
    disk_read: "Gelesen",
    disk_write: "Geschrieben",
    net_rx: "Empfangen",
    net_tx: "Gesendet",
    average: "Mittel",
    highest: "Höchster",
    none: "Noch keine Zahlen",
    noneBody:
      "Sie kommen binnen einer Minute nach dem Start. Der Manager behält sie im Arbeitsspeicher: nach seinem eigenen Neustart beginnen sie von vorn.",
  },
};
