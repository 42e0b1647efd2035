"""Settings: small facts of this installation, by name."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select, update

from tenprint.infra.store.tables import SETTING


class SettingReads:
    """What may be asked of the settings."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> str | None:
        """The value, or None."""
        value: str | None = self._connection.execute(
            select(SETTING.c.value).where(SETTING.c.key == key)
        ).scalar_one_or_none()
        return value

    def all(self, *, prefix: str = "") -> Mapping[str, str]:
        """Key -> value of every key that begins with ``prefix``, in order."""
        query = select(SETTING.c.key, SETTING.c.value).where(SETTING.c.key.startswith(prefix, autoescape=True))
        return dict(self._connection.execute(query.order_by(SETTING.c.key)).all())


class Settings(SettingReads):
    """The settings inside a unit of work."""

    def set(self, key: str, value: str) -> None:
        """Keep a value, in place of an earlier one."""
        if self._connection.execute(update(SETTING).where(SETTING.c.key == key).values(value=value)).rowcount == 0:
            self._connection.execute(insert(SETTING).values(key=key, value=value))

    def remove(self, key: str) -> None:
        """Forget a key. No error if it is not there."""
        self._connection.execute(delete(SETTING).where(SETTING.c.key == key))
