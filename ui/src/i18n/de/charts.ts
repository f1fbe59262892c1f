/** What is said about what VMs and servers use, and what hosts do to arrays, in German. */
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
    commands: "Befehle",
    bandwidth: "Bandbreite",
    response: "Antwortzeit",
    reads: "Lesebefehle",
    writes: "Schreibbefehle",
    bytes_read: "Gelesen",
    bytes_written: "Geschrieben",
    average: "Mittel",
    highest: "Höchster",
    none: "Noch keine Zahlen",
    noneBody:
      "Sie kommen binnen ein, zwei Minuten nach dem Start. Der Manager behält sie im Arbeitsspeicher: nach seinem eigenen Neustart beginnen sie von vorn.",
  },
};
