"""Seeds of cloud-init as ISO images."""
