"""Running the service."""

from __future__ import annotations

from typing import Annotated

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, error_console
from tenprint.wiring import open_house


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one", min=0, max=65535)] = 8750,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Serve the HTTP interface for agencies and do the steps in the background. Stop with Ctrl-C; kill -9 loses nothing."""
    import uvicorn

    from tenprint.api.application import create_app  # heavy, and no other command needs it

    house = open_house(data)
    house.extractor()
    error_console.print(
        f"tenprint serves {data.resolve()} on http://{host}:{port}; API description at /docs", style="bold"
    )
    try:
        uvicorn.run(create_app(house), host=host, port=port, log_level="warning")
    finally:
        house.close()
