"""Long work inside an agent."""
