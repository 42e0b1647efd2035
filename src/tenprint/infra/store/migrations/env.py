"""Run the migrations on the connection, and inside the transaction, that `engine.migrate` handed over."""

from alembic import context

from tenprint.infra.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
