"""Running the service."""

from __future__ import annotations

from typing import Annotated

import typer

from tenprint.cli.desk import DEFAULT_DATA, DataOption, error_console
from tenprint.wiring import open_house
from tenprint.workflow.house import House


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one", min=0, max=65535)] = 8750,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """Serve the HTTP interface for agencies and do the steps in the background. Stop with Ctrl-C; kill -9 loses nothing."""
    serve_house(open_house(data), host=host, port=port)


def serve_house(house: House, *, host: str, port: int) -> None:
    """Serve an opened house until it is told to stop: the interface for machines, the pages for people, and the steps behind both."""
    import uvicorn

    from tenprint.api.application import create_app  # heavy, and few commands need it
    from tenprint.web.site import mount

    house.extractor()
    app = create_app(house)
    mount(app, house)
    error_console.print(
        f"tenprint serves {house.root.resolve()} on http://{host}:{port} (machines: /docs, the public: /public)",
        style="bold",
    )
    try:
        uvicorn.run(app, host=host, port=port, log_level="warning")
    finally:
        house.close()
