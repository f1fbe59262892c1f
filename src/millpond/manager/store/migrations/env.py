"""Run by alembic. The connection comes from ``store.migrate``, with its transaction."""

from alembic import context

from millpond.manager.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
